-- The first ?1 failures; -1 for all of them, those that were skipped because of another one included.
SELECT id, step, subject, state, attempt, error, coalesce(hint, ''), coalesce(finished_at, '')
  FROM failures
 WHERE ?1 < 0 OR state = 'failed'
 LIMIT ?1;
