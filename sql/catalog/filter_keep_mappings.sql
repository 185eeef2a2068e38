-- User mappings of foreign servers that are kept: the archive tells their server by the end of their name only.
INSERT INTO filter_kept (dump_id)
SELECT u.dump_id
  FROM archive_entry u JOIN archive_entry s ON s.description = 'SERVER' AND substr(u.name, -length(' SERVER ' || s.name)) = ' SERVER ' || s.name
  JOIN filter_kept f ON f.dump_id = s.dump_id
 WHERE u.description = 'USER MAPPING'
ON CONFLICT DO NOTHING;
