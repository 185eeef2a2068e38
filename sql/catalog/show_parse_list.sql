-- restore parse-list: what becomes of an entry of the archive. ?1 is its dump id.
SELECT coalesce((SELECT e.done_by FROM archive_entry e WHERE e.dump_id = ?1), ''),
       EXISTS (SELECT 1 FROM archive_entry e WHERE e.dump_id = ?1),
       coalesce((SELECT k.rule || iif(k.via = '', '', ', by way of ' || k.via) FROM skipped_object k WHERE k.dump_id = ?1), '');
