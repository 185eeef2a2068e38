-- ?1: the equal ones too.
SELECT c.id, c.schema, c.name, c.display, c.status, c.note, c.source_rows, c.target_rows, coalesce(c.source_digest, ''), coalesce(c.target_digest, ''),
       c.rows_differ, c.rows_complete,
       coalesce((SELECT t.error FROM task t WHERE t.oid = c.id AND t.step IN ('compare-part','compare-table') AND t.state = 'failed' ORDER BY t.id LIMIT 1), ''),
       coalesce((SELECT t.hint FROM task t WHERE t.oid = c.id AND t.step IN ('compare-part','compare-table') AND t.state = 'failed' ORDER BY t.id LIMIT 1), '')
  FROM compare_table c
 WHERE ?1 OR c.status NOT IN ('equal','left out')
 ORDER BY c.schema, c.name;
