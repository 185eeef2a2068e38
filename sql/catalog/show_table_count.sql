SELECT coalesce(sum(tasks), 0), coalesce(sum(tasks) FILTER (WHERE state = 'done'), 0) FROM step_state WHERE step = 'copy-table';
