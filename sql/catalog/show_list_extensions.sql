-- list extensions
SELECT x.oid, x.name, x.schema, x.version, (SELECT count(*) FROM extension_config c WHERE c.extension_oid = x.oid) AS configuration_tables
  FROM extension x ORDER BY x.name;
