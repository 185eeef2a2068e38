-- The pairs of relations. Partitioned tables have no rows of their own: they make a pair only with a table that has.
INSERT INTO compare_table (schema, name, display, source_oid, target_oid, bytes, status, note)
SELECT coalesce(s.schema, t.schema), coalesce(s.name, t.name), coalesce(s.display, t.display), coalesce(s.oid, 0), coalesce(t.oid, 0),
       coalesce(s.bytes, 0) + coalesce(t.bytes, 0),
       CASE WHEN t.oid IS NULL THEN 'only source'
            WHEN s.oid IS NULL THEN 'only target'
            WHEN NOT s.populated AND NOT t.populated THEN 'equal'
            WHEN s.populated <> t.populated THEN 'different'
            ELSE 'pending' END,
       CASE WHEN t.oid IS NULL OR s.oid IS NULL THEN ''
            WHEN NOT s.populated AND NOT t.populated THEN 'a materialized view that is not populated'
            WHEN s.populated <> t.populated THEN 'a materialized view that is populated on the ' || CASE WHEN s.populated THEN 'source' ELSE 'target' END || ' only'
            ELSE '' END
  FROM (SELECT * FROM compare_relation WHERE side = 'source') s
  FULL JOIN (SELECT * FROM compare_relation WHERE side = 'target') t ON t.schema = s.schema AND t.name = s.name
 WHERE NOT (coalesce(s.kind, 'p') = 'p' AND coalesce(t.kind, 'p') = 'p');
