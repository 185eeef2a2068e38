-- What every task is expected to take. Until here, priority is how many bytes a task is about; of a part, size says it, and of a refresh,
-- whose priority is its place in the archive, the view on the source.
UPDATE task
   SET cost = CAST(m.fixed + m.per_mb * max(CASE task.step WHEN 'copy-part' THEN task.size
                                                               WHEN 'refresh-materialized-view'
                                                               THEN coalesce((SELECT s.bytes FROM archive_entry e CROSS JOIN source_table s ON s.oid = e.object_oid
                                                                               WHERE e.dump_id = task.oid), 0)
                                                               ELSE task.priority END, 0) / 1048576.0 AS INTEGER)
  FROM cost_model m
 WHERE task.state = 'pending' AND task.cost = 0 AND task.pool <> 'barrier' AND m.step = task.step
   AND m.kind = CASE WHEN task.step = 'create-index'
                     THEN coalesce((SELECT k.kind FROM source_index x JOIN cost_model k ON k.step = 'create-index' AND k.kind <> ''
                                     WHERE x.oid = task.oid AND x.definition LIKE '% USING ' || k.kind || ' (%'), '')
                     ELSE '' END;
