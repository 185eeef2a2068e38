-- One task of step ?1, called ?2, in pool ?3.
INSERT INTO task (step, oid, subject, pool) VALUES (?1, 0, ?2, ?3) ON CONFLICT DO NOTHING;
