-- The parts of the source have odd numbers and those of the target even ones: a task is named by its table and one number.
INSERT INTO task (step, oid, part, subject, pool, priority, size)
SELECT 'compare-part', c.id, 2 * p.number - (p.side = 'source'),
       c.display || ' on the ' || p.side || ', part ' || p.number || ' of ' || p.count, 'copy', c.bytes, r.bytes / p.count
  FROM compare_table c
  JOIN compare_relation r ON (r.side = 'source' AND r.oid = c.source_oid) OR (r.side = 'target' AND r.oid = c.target_oid)
  JOIN compare_part p ON p.side = r.side AND p.oid = r.oid
 WHERE c.status = 'pending'
ON CONFLICT DO NOTHING;
