-- Entries know the object they were matched to, so that the next way of matching sees only what is left.
UPDATE compare_entry SET object_id = o.id
  FROM (SELECT id, source_id AS entry FROM compare_object UNION ALL SELECT id, target_id FROM compare_object) o
 WHERE compare_entry.id = o.entry AND compare_entry.object_id IS NULL;
