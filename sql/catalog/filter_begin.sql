-- What the statements about filters share while the archive is loaded. filter_rider: privileges and labels of what is not in the archive itself, and
-- the extension that it is a member of; 0 when it is of the server or the schema public. filter_selected: what include-only sections
-- name. filter_kept: that, and all it needs. And what the archive does not tell of constraints.
INSERT INTO archive_need (dump_id, needs_id)
SELECT c.dump_id, o.dump_id
  FROM constraint_need n JOIN archive_entry c ON c.catalog_oid = 2606 AND c.object_oid = n.constraint_oid
  JOIN archive_entry o ON o.catalog_oid = n.catalog_oid AND o.object_oid = n.object_oid
 WHERE true
ON CONFLICT DO NOTHING;
DROP TABLE IF EXISTS temp.filter_rider;
DROP TABLE IF EXISTS temp.filter_selected;
DROP TABLE IF EXISTS temp.filter_kept;
CREATE TEMP TABLE filter_rider (dump_id INTEGER PRIMARY KEY, extension_oid INTEGER NOT NULL);
CREATE TEMP TABLE filter_selected (dump_id INTEGER PRIMARY KEY);
CREATE TEMP TABLE filter_kept (dump_id INTEGER PRIMARY KEY);
INSERT INTO filter_rider (dump_id, extension_oid)
SELECT e.dump_id,
       coalesce((SELECT g.extension_oid FROM extension_grant g
                  WHERE g.schema = e.schema
                    AND CASE WHEN substr(g.tag, -1) IN ('(', '.') THEN substr(e.name, 1, length(g.tag)) = g.tag ELSE e.name = g.tag END
                  LIMIT 1), 0)
  FROM archive_entry e
 WHERE e.description IN ('ACL', 'SECURITY LABEL', 'COMMENT')
   AND NOT EXISTS (SELECT 1 FROM archive_need d JOIN archive_entry o ON o.dump_id = d.needs_id WHERE d.dump_id = e.dump_id);
