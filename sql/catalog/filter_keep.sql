-- What is included, what belongs to it (indexes, constraints, triggers, ...; own = 1), and what all of these need.
WITH RECURSIVE kept (dump_id, own) AS (
    SELECT s.dump_id, 1 FROM filter_selected s WHERE NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.dump_id = s.dump_id)
     UNION
    SELECT d.needs_id, 0
      FROM kept JOIN archive_need d ON d.dump_id = kept.dump_id
      JOIN archive_entry e ON e.dump_id = kept.dump_id JOIN archive_entry n ON n.dump_id = d.needs_id
     WHERE NOT (e.description = 'SEQUENCE' AND n.description IN ('TABLE', 'FOREIGN TABLE'))
     UNION
    SELECT e.dump_id, 1
      FROM kept JOIN archive_entry n ON n.dump_id = kept.dump_id
      JOIN archive_need d ON d.needs_id = kept.dump_id JOIN archive_entry e ON e.dump_id = d.dump_id
     WHERE (kept.own AND n.description IN ('TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'INDEX', 'CONSTRAINT', 'SEQUENCE')
            AND e.description IN ('DEFAULT', 'CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'INDEX', 'INDEX ATTACH', 'TABLE ATTACH', 'TRIGGER',
                             'RULE', 'POLICY', 'ROW SECURITY', 'STATISTICS', 'SEQUENCE', 'SEQUENCE OWNED BY', 'MATERIALIZED VIEW DATA')
            OR n.description = 'DOMAIN' AND e.description = 'CHECK CONSTRAINT')
       AND NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.dump_id = e.dump_id)
)
INSERT INTO filter_kept (dump_id) SELECT DISTINCT dump_id FROM kept;
