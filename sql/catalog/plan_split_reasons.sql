-- Says which tables are in parts because of their share, and which are not though they are large.
UPDATE source_table AS s
   SET copy_method = CASE WHEN p.parts > 1 THEN 'ctid' ELSE s.copy_method END,
       copy_reason = printf('takes %d %% of the time of all copies, which %d workers share%s', CAST(round(100.0 * s.bytes / a.bytes) AS INTEGER), ?1,
           CASE WHEN p.parts <= 1 AND s.bytes * ?1 > 1.2 * a.bytes AND CASE WHEN 4 * s.bytes >= 5 * 8192 * s.pages THEN ?4 ELSE ?3 END = 1 AND ?1 > 1
                THEN '; one copy keeps this machine busy, which holds both servers' ELSE '' END)
  FROM (SELECT x.oid, (SELECT count(*) FROM part WHERE table_oid = x.oid) AS parts FROM source_table x) p,
       (SELECT max(sum(bytes), 1) AS bytes FROM source_table x WHERE kind = 'r'
           AND NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.kind = 'TABLE DATA' AND k.oid = x.oid)) a
 WHERE p.oid = s.oid AND s.kind = 'r' AND s.copy_method = 'whole' AND s.bytes >= 2 * ?2
   AND NOT EXISTS (SELECT 1 FROM task t WHERE t.step = 'copy-table' AND t.oid = s.oid);
