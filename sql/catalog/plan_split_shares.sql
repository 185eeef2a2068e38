-- Cuts the tables whose copy takes more than its fair share of the time of all copies, among ?1 workers: they would keep the others waiting.
-- A part has ?2 bytes at least; a table gets ?3 parts at most (0: any number), and ?4, or ?5 when a fifth of it is TOAST: more streams would be
-- of no use. By ctid only, as pgschema.SplitByCTID does: ranges of equal length, the last one open. A table that is planned already stays
-- as it is.
WITH RECURSIVE copy AS (
    SELECT s.oid, s.pages, m.fixed + m.per_mb * s.bytes / 1048576.0 AS cost, s.bytes, s.access_method
      FROM source_table s CROSS JOIN cost_model m
     WHERE s.kind = 'r' AND m.step = 'copy-table' AND m.kind = ''
       AND NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.kind = 'TABLE DATA' AND k.oid = s.oid)
), long AS (
    SELECT oid, pages,
           min(CAST(ceil(cost * ?1 / (SELECT sum(cost) FROM copy)) AS INTEGER), bytes / ?2, pages, CASE ?3 WHEN 0 THEN ?1 ELSE ?3 END, CASE WHEN 4 * bytes >= 5 * 8192 * pages THEN ?5 ELSE ?4 END) AS parts
      FROM copy
     WHERE access_method = 'heap' AND cost * ?1 > 1.2 * (SELECT sum(cost) FROM copy)
       AND oid NOT IN (SELECT table_oid FROM part)
       AND NOT EXISTS (SELECT 1 FROM task t WHERE t.step = 'copy-table' AND t.oid = copy.oid)
), cut (table_oid, number, count, low, high) AS (
    SELECT oid, 1, parts, 0, pages / parts FROM long WHERE parts > 1
     UNION ALL
    SELECT c.table_oid, c.number + 1, c.count, c.high, l.pages * (c.number + 1) / c.count
      FROM cut c JOIN long l ON l.oid = c.table_oid WHERE c.number < c.count
)
INSERT INTO part (table_oid, number, count, condition, pages)
SELECT table_oid, number, count,
       CASE WHEN number = 1 THEN printf('ctid < ''(%d,0)''::pg_catalog.tid', high)
            WHEN number = count THEN printf('ctid >= ''(%d,0)''::pg_catalog.tid', low)
            ELSE printf('ctid >= ''(%d,0)''::pg_catalog.tid AND ctid < ''(%d,0)''::pg_catalog.tid', low, high) END,
       high - low
  FROM cut;
