-- What failed in other steps than those of this run (?1, JSON).
SELECT id, step FROM task WHERE state = 'failed' AND step NOT IN (SELECT value FROM json_each(?1));
