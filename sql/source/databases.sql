-- The databases of the cluster that can be connected to, templates left out, biggest first. A size that may not be asked for is -1.
-- What a version does not have (datlocprovider before 15, datlocale before 17, daticurules before 16) is looked for by name in the row.
SELECT d.oid, d.datname::text, pg_catalog.pg_get_userbyid(d.datdba)::text,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) ELSE -1 END,
       pg_catalog.pg_encoding_to_char(d.encoding)::text,
       coalesce(pg_catalog.to_jsonb(d)->>'datlocprovider', 'c'),
       d.datcollate::text, d.datctype::text,
       coalesce(pg_catalog.to_jsonb(d)->>'datlocale', pg_catalog.to_jsonb(d)->>'daticulocale', ''),
       coalesce(pg_catalog.to_jsonb(d)->>'daticurules', ''),
       t.spcname::text, d.datconnlimit
  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
 WHERE d.datallowconn AND NOT d.datistemplate
 ORDER BY 4 DESC, 2
