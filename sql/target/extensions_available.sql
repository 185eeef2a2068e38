-- The versions of extensions that the server could install.
SELECT v.name::text, v.version FROM pg_catalog.pg_available_extension_versions v ORDER BY 1, 2
