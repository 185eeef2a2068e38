-- A milestone is a barrier: ?1 its number, ?2 its name.
INSERT INTO task (step, oid, subject, pool) VALUES ('milestone', ?1, ?2, 'barrier') ON CONFLICT DO NOTHING;
