-- How much of what reads the source is done, and how much is left.
SELECT coalesce(sum(state = 'done'), 0), coalesce(sum(state <> 'done'), 0)
  FROM task
 WHERE step IN ('load-source','dump-schema','copy-table','copy-part','copy-large-objects','copy-extension-data');
