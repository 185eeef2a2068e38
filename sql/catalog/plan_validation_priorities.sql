-- Two validations of one table wait for each other's lock: a worker that has claimed the second while the first runs does nothing. So each one
-- more of a table is less urgent, and those of other tables come before it.
UPDATE task
   SET priority = task.cost / k.nth
  FROM (SELECT t.id, row_number() OVER (PARTITION BY c.table_oid ORDER BY t.id) AS nth
          FROM task t CROSS JOIN archive_entry e ON e.dump_id = t.oid CROSS JOIN source_constraint c ON c.oid = e.object_oid
         WHERE t.step = 'validate-foreign-key') k
 WHERE task.id = k.id AND task.state = 'pending' AND task.cost > 0;
