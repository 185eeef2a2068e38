-- Tasks of steps that are not in this run's list (?1, JSON) are nobody's to claim until a run comes whose list has them.
UPDATE task SET pool = 'parked:' || pool
 WHERE state IN ('pending','skipped','failed') AND pool NOT LIKE 'parked:%' AND step NOT IN (SELECT value FROM json_each(?1));
