-- Tables and views that are neither included nor needed by the definition of an included table (what it inherits from, whose row type a
-- column has). ?1 names the section.
WITH RECURSIVE needed (dump_id) AS (
    SELECT s.dump_id FROM filter_selected s JOIN archive_entry e ON e.dump_id = s.dump_id WHERE e.description IN ('TABLE', 'FOREIGN TABLE')
     UNION
    SELECT d.needs_id
      FROM needed JOIN archive_need d ON d.dump_id = needed.dump_id
      JOIN archive_entry e ON e.dump_id = needed.dump_id JOIN archive_entry n ON n.dump_id = d.needs_id
     WHERE NOT (e.description = 'SEQUENCE' AND n.description IN ('TABLE', 'FOREIGN TABLE'))
)
INSERT INTO skipped_object (kind, oid, schema, name, rule, dump_id)
SELECT e.description, e.object_oid, e.schema, e.name, '[' || ?1 || '] does not name it', e.dump_id
  FROM archive_entry e
 WHERE e.description IN ('TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW')
   AND e.dump_id NOT IN (SELECT dump_id FROM filter_selected)
   AND e.dump_id NOT IN (SELECT dump_id FROM needed)
ON CONFLICT DO NOTHING;
