-- The longest first, and what much waits for before what nothing waits for: a table's copy counts with its costliest index, and
-- a foreign key with its validation, as do the statistics that it waits for. (Tasks without a cost keep the order of the archive behind all others.)
UPDATE task
   SET priority = task.cost + CASE WHEN task.step IN ('truncate-table','copy-table','copy-part')
                                   THEN coalesce((SELECT max(n.cost) FROM source_index x CROSS JOIN task n ON n.step = 'create-index' AND n.oid = x.oid
                                                   WHERE x.table_oid = task.oid), 0)
                                   ELSE 0 END
                            + CASE WHEN task.step = 'truncate-table' -- the parts wait for it
                                   THEN coalesce((SELECT max(p.cost) FROM task_need d CROSS JOIN task p ON p.id = d.task_id WHERE d.needs_id = task.id), 0)
                                   ELSE 0 END
                            + CASE WHEN task.step = 'copy-extension-data'
                                   THEN coalesce((SELECT max(x.cost) FROM task_need d CROSS JOIN task x ON x.id = d.task_id AND x.step = 'create-index'
                                                   WHERE d.needs_id = task.id), 0)
                                   ELSE 0 END
                            + CASE WHEN task.step = 'add-foreign-key'
                                   THEN coalesce((SELECT v.cost FROM task v WHERE v.step = 'validate-foreign-key' AND v.oid = task.oid), 0)
                                   ELSE 0 END
                            + CASE WHEN task.step = 'vacuum-table'
                                   THEN coalesce((SELECT max(v.cost) FROM task_need d CROSS JOIN task v ON v.id = d.task_id AND v.step = 'validate-foreign-key'
                                                   WHERE d.needs_id = task.id), 0)
                                   ELSE 0 END
 WHERE state = 'pending' AND cost > 0;
