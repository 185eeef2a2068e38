-- list schema: every entry of the archive, with what it needs: functions, types, views, triggers, comments, ...
SELECT json_object('dump_id', e.dump_id, 'kind', e.description, 'catalog_oid', e.catalog_oid, 'oid', e.object_oid, 'schema', nullif(e.schema, ''),
       'name', e.name, 'owner', nullif(e.owner, ''), 'section', e.section, 'done_by', nullif(e.done_by, ''),
       'needs', json((SELECT json_group_array(n.needs_id ORDER BY n.needs_id) FROM archive_need n WHERE n.dump_id = e.dump_id)))
  FROM archive_entry e ORDER BY e.position;
