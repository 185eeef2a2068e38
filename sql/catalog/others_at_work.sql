-- How many other tasks of the pools in ?2 (a JSON list) run or could, that are expected to take a fifth of the time of task ?1 or more; and what that
-- one is expected to take, in microseconds.
SELECT (SELECT count(*) FROM task t WHERE t.state = 'running' AND t.id <> me.id AND t.cost * 5 >= me.cost AND t.pool IN (SELECT value FROM json_each(?2)))
     + (SELECT count(*) FROM json_each(?2) p CROSS JOIN task t ON t.pool = p.value AND t.state = 'pending' AND t.blocked_by = 0
                                                              AND t.priority * 5 >= me.cost AND t.cost * 5 >= me.cost),
       me.cost
  FROM task me WHERE me.id = ?1;
