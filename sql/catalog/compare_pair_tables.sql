-- The pairs of relations. Partitioned tables have no rows of their own: they make a pair only with a table that has. Where the same row may be in
-- another partition on the other side, it is the other way round: the root is compared, with all its rows, and no partition.
INSERT INTO compare_table (schema, name, display, source_oid, target_oid, bytes, status, note)
SELECT s.schema, s.name, s.display, s.oid, coalesce(t.oid, 0), s.bytes + coalesce(t.bytes, 0),
       CASE WHEN t.oid IS NULL THEN 'only source'
            WHEN NOT s.populated AND NOT t.populated THEN 'equal'
            WHEN s.populated <> t.populated THEN 'different'
            ELSE 'pending' END,
       CASE WHEN t.oid IS NULL THEN ''
            WHEN NOT s.populated AND NOT t.populated THEN 'a materialized view that is not populated'
            WHEN s.populated <> t.populated THEN 'a materialized view that is populated on the ' || iif(s.populated, 'source', 'target') || ' only'
            ELSE '' END
  FROM compare_relation s LEFT JOIN compare_relation t ON t.side = 'target' AND t.schema = s.schema AND t.name = s.name
 WHERE s.side = 'source' AND CASE s.routed WHEN 1 THEN s.root_oid = 0 ELSE NOT (s.kind = 'p' AND coalesce(t.kind, 'p') = 'p') END
 UNION ALL
SELECT t.schema, t.name, t.display, 0, t.oid, t.bytes, 'only target', ''
  FROM compare_relation t
 WHERE t.side = 'target' AND CASE t.routed WHEN 1 THEN t.root_oid = 0 ELSE t.kind <> 'p' END
   AND NOT EXISTS (SELECT 1 FROM compare_relation s WHERE s.side = 'source' AND s.schema = t.schema AND s.name = t.name);
