UPDATE sequence SET batch = b.batch
  FROM (SELECT oid, (row_number() OVER (ORDER BY oid) - 1) / 500 + 1 AS batch FROM sequence) b
 WHERE sequence.oid = b.oid;
