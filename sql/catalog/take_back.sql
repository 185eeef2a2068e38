-- A new run takes back what dead runs held. The caller holds the lock of the directory.
UPDATE task
   SET state = 'pending', not_before = NULL, troubled_at = NULL, error = NULL, hint = NULL
 WHERE state = 'running';
