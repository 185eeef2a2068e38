-- list depends: what an entry of the schema needs
SELECT e.description, e.schema, e.name, n.description AS needs_description, n.schema AS needs_schema, n.name AS needs_name
  FROM archive_need d JOIN archive_entry e ON e.dump_id = d.dump_id JOIN archive_entry n ON n.dump_id = d.needs_id
 ORDER BY e.position, n.position;
