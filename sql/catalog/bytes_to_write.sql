-- How many bytes the target is still to write for the rows and indexes of a run's steps (?1, JSON), as measured on the source.
SELECT coalesce(sum(size), 0) FROM step_state
 WHERE state IN ('pending','running') AND step IN ('copy-table','copy-part','copy-large-objects','create-index')
   AND step IN (SELECT value FROM json_each(?1));
