-- Before a comparison goes on: what an earlier run found equal stays. All other tables are compared anew, every part of them, since the
-- snapshots of that run are gone and two parts of one table must be of one picture.
UPDATE task
   SET state = 'pending', not_before = NULL, troubled_at = NULL, error = NULL, hint = NULL, finished_at = NULL
 WHERE step IN ('compare-part','compare-table','compare-rows') AND state = 'done'
   AND oid IN (SELECT id FROM compare_table WHERE status IN ('pending','different'));
DELETE FROM compare_row;
UPDATE compare_table SET status = 'pending', source_rows = NULL, target_rows = NULL, source_digest = NULL, target_digest = NULL,
       compared_at = NULL, rows_differ = 0, rows_complete = 0
 WHERE status = 'different' AND EXISTS (SELECT 1 FROM task t WHERE t.step = 'compare-table' AND t.oid = compare_table.id);
