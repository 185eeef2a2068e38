-- The columns of a pair of tables, matched by name, in the order of the source. ?1 is the pair.
SELECT coalesce(s.name, t.name), coalesce(s.type, ''), coalesce(t.type, ''), iif(s.base_oid = t.base_oid, s.base_oid, 0), iif(s.elem_oid = t.elem_oid, s.elem_oid, 0),
       coalesce(s.domain, 0), coalesce(t.domain, 0)
  FROM (SELECT a.* FROM compare_attribute a JOIN compare_table c ON c.id = ?1 AND a.side = 'source' AND a.oid = c.source_oid) s
  FULL JOIN (SELECT a.* FROM compare_attribute a JOIN compare_table c ON c.id = ?1 AND a.side = 'target' AND a.oid = c.target_oid) t ON t.name = s.name
 ORDER BY s.num IS NULL, s.num, t.num;
