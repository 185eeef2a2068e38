SELECT step, kind, pool, total, pending, running, done, failed, skipped, bytes, size, size_done, percent, seconds, bytes_per_second, eta_seconds
  FROM progress;
