-- list skipped: what options or filters leave out, and why
SELECT kind, schema, name, rule, via FROM skipped_object ORDER BY kind, schema, name;
