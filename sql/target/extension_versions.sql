-- The extensions that the server could install: the version that it takes when none is named, and all of them.
SELECT e.name::text, coalesce(e.default_version, ''), pg_catalog.array_agg(v.version ORDER BY v.version)
  FROM pg_catalog.pg_available_extensions e
  JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.name
 GROUP BY 1, 2
 ORDER BY 1
