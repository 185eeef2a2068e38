-- What tasks of run ?1 have moved: ?2 is a JSON list of [id, bytes, rows].
UPDATE task SET bytes = v.bytes, rows = v.rows
  FROM (SELECT value ->> 0 AS id, value ->> 1 AS bytes, value ->> 2 AS rows FROM json_each(?2)) v
 WHERE task.id = v.id AND task.run_id = ?1 AND task.state = 'running';
