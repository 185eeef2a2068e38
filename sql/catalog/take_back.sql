-- A new run takes back what dead runs held and tries again what failed. The caller holds the lock of the directory.
UPDATE task
   SET state = 'pending', not_before = NULL, troubled_at = NULL, error = NULL, hint = NULL
 WHERE state IN ('running','failed','skipped');
