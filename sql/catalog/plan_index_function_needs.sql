-- A function in an index may read other tables, though it calls itself immutable. An index that is built (step ?1) before those have their rows says
-- nothing about it, and is wrong: it waits for the rows of all tables, milestone ?2. A function of an extension reads that extension's tables if any.
-- (1259 is pg_class, 3079 pg_extension. What is built in reads no tables, and is no entry. Primary keys and unique constraints have no expressions,
-- and the operator classes of their columns are the types' own. The archive does not say what an exclusion constraint calls: its definition has
-- the name, or it has an operator of somebody's.)
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id
  FROM source_index x CROSS JOIN task t ON t.step = ?1 AND t.oid = x.oid AND t.part = 0
 CROSS JOIN archive_entry e ON e.catalog_oid = 1259 AND e.object_oid = x.oid
 CROSS JOIN archive_need d ON d.dump_id = e.dump_id AND d.needs_id IN (SELECT dump_id FROM calling_entry)
 CROSS JOIN task n ON n.step = 'milestone' AND n.oid = ?2
 WHERE x.constraint_oid = 0
 UNION
SELECT t.id, n.id
  FROM task n CROSS JOIN archive_entry f ON f.catalog_oid = 3079 AND f.object_oid = n.oid CROSS JOIN source_index x ON x.constraint_oid = 0
 CROSS JOIN archive_entry e ON e.catalog_oid = 1259 AND e.object_oid = x.oid CROSS JOIN archive_need d ON d.dump_id = e.dump_id AND d.needs_id = f.dump_id
 CROSS JOIN task t ON t.step = ?1 AND t.oid = x.oid AND t.part = 0
 WHERE n.step = 'copy-extension-data'
 UNION
SELECT t.id, m.id
  FROM source_constraint c CROSS JOIN task t ON t.step = ?1 AND t.oid = c.oid AND t.part = 0 CROSS JOIN task m ON m.step = 'milestone' AND m.oid = ?2
 WHERE c.type = 'x'
   AND (EXISTS (SELECT 1 FROM calling_entry WHERE catalog_oid = 2617)
        OR EXISTS (SELECT 1 FROM archive_entry f WHERE f.catalog_oid = 1255 AND instr(c.definition, substr(f.name, 1, instr(f.name, '(') - 1)) > 0))
ON CONFLICT DO NOTHING;
