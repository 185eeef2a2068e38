-- list collations
SELECT object_oid AS oid, schema, name, sql AS definition FROM archive_entry WHERE description = 'COLLATION' ORDER BY schema, name;
