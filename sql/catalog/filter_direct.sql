-- The rule that leaves relation ?1 of schema ?2 out by itself; ?3: or its rows.
SELECT rule FROM filter_match
 WHERE section IN ('exclude-schema', 'exclude-table') AND catalog_oid = 1259 AND object_oid = ?1
 UNION ALL
SELECT rule FROM filter_match WHERE ?3 AND section = 'exclude-table-data' AND catalog_oid = 1259 AND object_oid = ?1
 UNION ALL
SELECT rule FROM filter_match WHERE section = 'exclude-schema' AND catalog_oid = 2615 AND schema = ?2
 UNION ALL
SELECT '[include-only-table] does not name it'
 WHERE EXISTS (SELECT 1 FROM filter_match WHERE section = 'include-only-table')
   AND NOT EXISTS (SELECT 1 FROM filter_match WHERE section = 'include-only-table' AND catalog_oid = 1259 AND object_oid = ?1)
 UNION ALL
SELECT '[include-only-schema] does not name it'
 WHERE EXISTS (SELECT 1 FROM filter_match WHERE section = 'include-only-schema')
   AND NOT EXISTS (SELECT 1 FROM filter_match WHERE section = 'include-only-schema'
                      AND ((catalog_oid = 1259 AND object_oid = ?1) OR (catalog_oid = 2615 AND schema = ?2)))
 LIMIT 1;
