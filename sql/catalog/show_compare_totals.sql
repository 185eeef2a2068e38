-- A table that is still pending was not compared, whatever else is known of it.
SELECT count(*), count(*) FILTER (WHERE status = 'equal'), count(*) FILTER (WHERE status = 'different'),
       count(*) FILTER (WHERE status = 'only source'), count(*) FILTER (WHERE status = 'only target'),
       count(*) FILTER (WHERE status = 'left out'), count(*) FILTER (WHERE status = 'pending'),
       coalesce(sum(source_rows), 0), coalesce(sum(target_rows), 0), count(DISTINCT run_id)
  FROM compare_table;
