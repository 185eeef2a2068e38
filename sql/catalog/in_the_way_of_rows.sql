-- The first thing that is on the target and that rows must not meet, while there are such rows still to be copied. A run that does everything in its
-- own order never leaves any: there, a trigger or foreign key comes when its tables have their rows, and a materialized view when all have.
WITH waiting AS (
    SELECT s.oid, s.root_oid FROM source_table s
     WHERE s.kind = 'r'
       AND NOT EXISTS (SELECT 1 FROM task r WHERE r.step = 'copy-table' AND r.oid = s.oid AND r.state = 'done')
       AND NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.kind = 'TABLE DATA' AND k.oid = s.oid)
)
SELECT lower(e.description), e.schema || '.' || e.name
  FROM task t JOIN archive_entry e ON e.dump_id = t.oid
 WHERE t.step IN ('add-foreign-key', 'restore-post-data', 'refresh-materialized-view') AND t.state = 'done'
   AND CASE WHEN e.description = 'MATERIALIZED VIEW DATA' THEN EXISTS (SELECT 1 FROM waiting)
            WHEN e.description IN ('FK CONSTRAINT', 'TRIGGER') THEN EXISTS (
                 SELECT 1 FROM archive_need d JOIN archive_entry o ON o.dump_id = d.needs_id AND o.catalog_oid = 1259
                   JOIN waiting w ON o.object_oid IN (w.oid, w.root_oid) WHERE d.dump_id = e.dump_id)
            ELSE 0 END
 ORDER BY e.description = 'TRIGGER' DESC, e.position LIMIT 1;
