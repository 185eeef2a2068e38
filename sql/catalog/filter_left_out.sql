-- The rule that leaves the rows of table ?1.?2 out, if any does.
SELECT rule FROM (
    SELECT 1 AS n, k.rule FROM skipped_object k
     WHERE k.kind IN ('TABLE', 'TABLE DATA', 'MATERIALIZED VIEW') AND k.schema = ?1 AND k.name = ?2
     UNION ALL
    SELECT 2, m.rule FROM filter_match m
     WHERE m.section = 'exclude-schema' AND m.catalog_oid = 2615 AND m.schema = ?1
)
 ORDER BY n
 LIMIT 1;
