-- How the tasks of some steps (?1, JSON) stand, for the verdict over a run. A milestone does nothing itself, and may wait for another command's
-- steps.
SELECT count(*), coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0), coalesce(sum(state = 'skipped'), 0)
  FROM task WHERE ?1 IS NULL OR (step IN (SELECT value FROM json_each(?1)) AND step <> 'milestone');
