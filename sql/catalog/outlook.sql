-- What could run without anybody settling anything: now, or when the first delay has passed.
SELECT EXISTS (SELECT 1 FROM task WHERE state = 'pending' AND blocked_by = 0 AND pool <> 'barrier'
                                    AND (not_before IS NULL OR not_before <= strftime('%Y-%m-%dT%H:%M:%fZ','now'))),
       (SELECT (julianday(min(not_before)) - julianday('now')) * 86400.0
          FROM task WHERE state = 'pending' AND blocked_by = 0 AND not_before > strftime('%Y-%m-%dT%H:%M:%fZ','now'));
