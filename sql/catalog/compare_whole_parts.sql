-- Where one side of a pair is cut into parts, the other is read by tasks of its own too: in one part when it is not cut.
INSERT INTO compare_part (side, oid, number, count, condition)
SELECT r.side, r.oid, 1, 1, ''
  FROM compare_table c JOIN compare_relation r ON (r.side = 'source' AND r.oid = c.source_oid) OR (r.side = 'target' AND r.oid = c.target_oid)
 WHERE c.status = 'pending'
   AND NOT EXISTS (SELECT 1 FROM compare_part p WHERE p.side = r.side AND p.oid = r.oid)
   AND EXISTS (SELECT 1 FROM compare_part p WHERE (p.side = 'source' AND p.oid = c.source_oid) OR (p.side = 'target' AND p.oid = c.target_oid));
