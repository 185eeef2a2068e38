-- list tables
SELECT oid, schema, name, CASE kind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'materialized view' END AS kind,
       CAST(row_estimate AS INTEGER) AS row_estimate, bytes, copy_method, copy_reason, copy_format, format_reason
  FROM source_table ORDER BY bytes DESC, display;
