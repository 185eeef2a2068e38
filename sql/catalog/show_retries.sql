SELECT id, step, subject, attempt, coalesce(error, ''), coalesce(hint, ''), coalesce(not_before, '')
  FROM retries
 LIMIT ?1;
