-- What the clone left out is not compared: neither tables that the target is not to have, nor those it is to have without rows.
UPDATE compare_table SET status = 'left out', note = k.rule
  FROM compare_skip k
 WHERE k.schema = compare_table.schema AND k.name = compare_table.name
   AND ((upper(k.kind) IN ('TABLE','MATERIALIZED VIEW') AND compare_table.status = 'only source')
     OR (upper(k.kind) IN ('TABLE DATA','MATERIALIZED VIEW DATA') AND compare_table.status NOT IN ('only source','only target')));
