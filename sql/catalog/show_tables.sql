-- The ?1 biggest tables.
SELECT table_name, copy_method, copy_format, parts, parts_done, bytes, rows, copy_seconds, complete, indexes, index_seconds
  FROM table_progress
 LIMIT ?1;
