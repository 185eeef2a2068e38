SELECT worker, step, subject, bytes, size, rows, attempt, seconds
  FROM workers;
