-- A run tries again what failed or was skipped of its own steps (?1, JSON). What failed in another command of the directory stays on record.
UPDATE task
   SET state = 'pending', not_before = NULL, troubled_at = NULL, error = NULL, hint = NULL
 WHERE state IN ('failed','skipped') AND step IN (SELECT value FROM json_each(?1));
