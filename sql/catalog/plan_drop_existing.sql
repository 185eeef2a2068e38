INSERT INTO task (step, oid, subject, pool) VALUES ('drop-existing', 0, 'objects of the same name', 'control') ON CONFLICT DO NOTHING;
