-- Back to pending: after a transient error with a delay in seconds (?7), or because the run was interrupted (?8 = 0).
-- target_xid stays: whoever claims the task next asks the target what became of it. Bytes and rows of the transaction it names
-- stay, too, when this attempt has not got as far as recording another.
-- What it needs may have come undone while it ran (unlogged tables, after a crash of the target), so that is counted anew.
UPDATE task
   SET state = 'pending',
       blocked_by = (SELECT count(*) FROM task_need n JOIN task b ON b.id = n.needs_id WHERE n.task_id = ?1 AND b.state <> 'done'),
       bytes = max(bytes, ?3), rows = max(rows, ?4), finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
       error = nullif(?5, ''), hint = nullif(?6, ''),
       not_before = CASE WHEN ?7 > 0 THEN strftime('%Y-%m-%dT%H:%M:%fZ','now', '+' || ?7 || ' seconds') END,
       troubled_at = CASE WHEN ?8 THEN coalesce(troubled_at, strftime('%Y-%m-%dT%H:%M:%fZ','now')) ELSE troubled_at END
 WHERE id = ?1 AND run_id = ?2 AND state = 'running';
