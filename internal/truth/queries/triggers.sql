SELECT pg_catalog.format('trigger %I on %I.%I', t.tgname, n.nspname, c.relname),
       t.tgenabled AS enabled,
       pg_catalog.pg_get_triggerdef(t.oid) AS definition
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT t.tgisinternal
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT pg_catalog.format('event trigger %I', e.evtname), e.evtenabled, e.evtevent
  FROM pg_catalog.pg_event_trigger e
