-- What every task is expected to take. Until here, priority is how many bytes a task is about; of a part, size says it.
UPDATE task
   SET cost = CAST(m.fixed + m.per_mb * max(CASE WHEN task.step = 'copy-part' THEN task.size ELSE task.priority END, 0) / 1048576.0 AS INTEGER)
  FROM cost_model m
 WHERE task.state = 'pending' AND task.cost = 0 AND task.pool <> 'barrier' AND m.step = task.step
   AND m.kind = CASE WHEN task.step = 'create-index'
                     THEN coalesce((SELECT k.kind FROM source_index x JOIN cost_model k ON k.step = 'create-index' AND k.kind <> ''
                                     WHERE x.oid = task.oid AND x.definition LIKE '% USING ' || k.kind || ' (%'), '')
                     ELSE '' END;
