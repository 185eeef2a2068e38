-- Tasks ?2 (a JSON list of ids) of run ?1 are done by transaction ?3.
UPDATE task SET target_xid = ?3, bytes = 0, rows = 0
 WHERE id IN (SELECT value FROM json_each(?2)) AND run_id = ?1 AND state = 'running';
