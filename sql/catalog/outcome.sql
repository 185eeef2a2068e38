-- How the tasks of this directory stand, for the verdict over the run.
SELECT count(*), coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0), coalesce(sum(state = 'skipped'), 0) FROM task;
