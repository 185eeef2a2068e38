-- One task of step ?1, called ?2, in pool ?3. Planned anew it is done anew: a later endpos has more to receive and to apply.
INSERT INTO task (step, oid, subject, pool) VALUES (?1, 0, ?2, ?3)
ON CONFLICT DO UPDATE SET state = 'pending', target_xid = NULL, started_at = NULL, finished_at = NULL, error = NULL, hint = NULL
 WHERE state = 'done';
