-- What has no counterpart.
INSERT INTO compare_object (kind, schema, name, status, source_id, target_id)
SELECT kind, schema, name, 'only ' || side, CASE side WHEN 'source' THEN id END, CASE side WHEN 'target' THEN id END
  FROM compare_entry
 WHERE object_id IS NULL;
