-- Barriers are rows that only wait. Those with nothing left to wait for are done.
UPDATE task
   SET state = 'done', run_id = ?1, started_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'), finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now')
 WHERE pool = 'barrier' AND state = 'pending' AND blocked_by = 0
RETURNING id;
