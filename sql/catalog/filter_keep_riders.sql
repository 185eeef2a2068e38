-- Comments, privileges and labels of what is kept. Those of the schema public and of extensions' members are about nothing in the archive.
INSERT INTO filter_kept (dump_id)
SELECT e.dump_id
  FROM archive_entry e
 WHERE e.description IN ('COMMENT', 'ACL', 'SECURITY LABEL')
   AND (EXISTS (SELECT 1 FROM archive_need d JOIN filter_kept f ON f.dump_id = d.needs_id WHERE d.dump_id = e.dump_id)
        OR (EXISTS (SELECT 1 FROM filter_rider r WHERE r.dump_id = e.dump_id) AND e.schema = '' AND e.name = 'SCHEMA public'
            AND EXISTS (SELECT 1 FROM filter_kept f JOIN archive_entry o ON o.dump_id = f.dump_id WHERE o.schema = 'public'))
        OR EXISTS (SELECT 1 FROM filter_rider r JOIN archive_entry x ON x.catalog_oid = 3079 AND x.object_oid = r.extension_oid
                     JOIN filter_kept f ON f.dump_id = x.dump_id WHERE r.dump_id = e.dump_id))
ON CONFLICT DO NOTHING;
