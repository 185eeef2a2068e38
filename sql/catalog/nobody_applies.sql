-- Whether applying has failed, or cannot begin because something it needs has, while nothing but receiving is at work.
SELECT EXISTS (SELECT 1 FROM task WHERE step = 'apply-changes' AND state IN ('failed','skipped'))
   AND NOT EXISTS (SELECT 1 FROM task WHERE state = 'running' AND step <> 'receive-changes')
   AND NOT EXISTS (SELECT 1 FROM task WHERE state = 'pending' AND blocked_by = 0 AND pool NOT LIKE 'parked:%' AND step <> 'receive-changes');
