-- What differs, kind by kind.
SELECT o.kind, o.schema, o.name, o.status, o.note, coalesce(s.definition, ''), coalesce(t.definition, '')
  FROM compare_object o LEFT JOIN compare_entry s ON s.id = o.source_id LEFT JOIN compare_entry t ON t.id = o.target_id
 WHERE o.status IN ('different','only source','only target')
 ORDER BY o.kind, o.schema, o.name, o.id;
