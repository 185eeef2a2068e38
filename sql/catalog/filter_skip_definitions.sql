-- Tables of which an included one needs the definition: they are made, and stay empty. ?1 names the section.
INSERT INTO skipped_object (kind, oid, schema, name, rule, via)
SELECT 'TABLE DATA', e.object_oid, e.schema, e.name, '[' || ?1 || '] does not name it', 'an included table needs its definition'
  FROM filter_kept f JOIN archive_entry e ON e.dump_id = f.dump_id JOIN source_table s ON s.oid = e.object_oid AND s.kind = 'r'
 WHERE e.catalog_oid = 1259 AND e.description = 'TABLE' AND e.dump_id NOT IN (SELECT dump_id FROM filter_selected);
