-- A crash of the target empties its unlogged tables and their indexes, which are there and valid all the same. A clean restart keeps them. The
-- transaction that wrote a copy tells the two apart, so its id stays: the copy is asked for anew, and done again only when its rows are gone.
-- For the same reason no table is truncated again.
WITH lost AS (SELECT oid FROM source_table WHERE persistence = 'u' AND kind = 'r')
UPDATE task
   SET state = 'pending', started_at = NULL, finished_at = NULL, error = NULL, hint = NULL
 WHERE state = 'done'
   AND ((oid IN (SELECT oid FROM lost) AND step IN ('copy-table','copy-part','vacuum-table','complete-table'))
        OR (step IN ('release-snapshot','check-unlogged') AND EXISTS (SELECT 1 FROM lost))
        OR step = 'set-sequences' -- sequences of unlogged tables are unlogged, too (version 15 and newer)
        OR (step = 'milestone' AND subject IN ('rows copied', 'tables complete', 'ready for views') AND EXISTS (SELECT 1 FROM lost)));
