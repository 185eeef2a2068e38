-- Pre-data entries share transactions of at most 200, in the archive's order: few enough for the target's lock table
-- (max_locks_per_transaction), many enough to spare round trips.
UPDATE archive_entry
   SET batch = b.batch
  FROM (SELECT dump_id, (row_number() OVER (ORDER BY position) - 1) / 200 + 1 AS batch
          FROM archive_entry WHERE done_by = 'restore-pre-data') b
 WHERE archive_entry.dump_id = b.dump_id;
