-- Whether publication $1 has all kinds of changes, and whether those of partitions as their root's. What a version does not have yet is looked for by
-- name in the row (pubtruncate came with 11, pubviaroot with 13).
SELECT p.pubinsert AND p.pubupdate AND p.pubdelete AND coalesce((pg_catalog.to_jsonb(p)->>'pubtruncate')::boolean, true),
       coalesce((pg_catalog.to_jsonb(p)->>'pubviaroot')::boolean, false)
  FROM pg_catalog.pg_publication p WHERE p.pubname = $1
