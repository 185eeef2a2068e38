-- The newest run, and how long all of them took together.
SELECT id, command, version, host, pid, workflow, coalesce(snapshot, ''), started_at, coalesce(ended_at, ''), outcome, coalesce(note, ''),
       (SELECT round(sum(max(0.0, julianday(coalesce(ended_at, strftime('%Y-%m-%dT%H:%M:%fZ','now'))) - julianday(started_at))) * 86400.0, 3) FROM run)
  FROM run
 ORDER BY id DESC
 LIMIT 1;
