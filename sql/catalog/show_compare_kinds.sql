SELECT kind, sum(status = 'equal'), sum(status = 'different'), sum(status = 'only source'), sum(status = 'only target'), sum(status = 'left out')
  FROM compare_object GROUP BY kind ORDER BY kind;
