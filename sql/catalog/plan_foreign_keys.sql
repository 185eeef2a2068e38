-- One task a foreign key, for step ?1 in pool ?2. When ?3, only those that are added NOT VALID and validated apart: the source has them
-- validated, and the target can (?4: its version, as server_version_num). Before version 18 no partitioned table may have one that is not
-- valid, and validating one that refers to a partitioned table leaves the constraints of that one's partitions as they are.
-- What is validated apart is added in a moment, whatever the size of its table; a check takes its time.
INSERT INTO task (step, oid, subject, pool, priority)
-- Each partition on either side has triggers and constraints of its own made, and a lock held: it counts as a quarter of a megabyte.
WITH tree (oid, bytes, parts) AS (SELECT root_oid, sum(bytes), 262144 * count(*) FROM source_table WHERE root_oid <> 0 GROUP BY root_oid),
key AS (
    SELECT e.dump_id, e.position, lower(e.description) || ' ' || CASE WHEN e.schema = '' THEN e.name ELSE e.schema || '.' || e.name END AS subject,
           max(coalesce(s.bytes, 0), coalesce(tree.bytes, 0)) AS bytes, coalesce(tree.parts, 0) + coalesce(other.parts, 0) AS parts,
           c.is_validated AND (?4 >= 180000 OR (coalesce(s.kind, '') = 'r' AND coalesce(r.kind, '') = 'r')) AS apart
      FROM archive_entry e CROSS JOIN source_constraint c ON c.oid = e.object_oid
      LEFT JOIN source_table s ON s.oid = c.table_oid LEFT JOIN source_table r ON r.oid = c.ref_table LEFT JOIN tree ON tree.oid = c.table_oid
      LEFT JOIN tree AS other ON other.oid = c.ref_table
     WHERE e.done_by = 'add-foreign-key'
)
SELECT ?1, dump_id, subject, ?2, parts + CASE WHEN apart AND NOT ?3 THEN 0 ELSE bytes END
  FROM key WHERE apart OR NOT ?3
 ORDER BY position
ON CONFLICT DO NOTHING;
