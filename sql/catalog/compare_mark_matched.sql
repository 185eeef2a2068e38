-- Entries know the object they were matched to, so that the next way of matching sees only what is left.
UPDATE compare_entry SET object_id = o.id
  FROM compare_object o
 WHERE compare_entry.id IN (o.source_id, o.target_id) AND compare_entry.object_id IS NULL;
