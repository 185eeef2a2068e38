INSERT INTO task (step, oid, subject, pool) VALUES ('release-snapshot', 0, 'the source''s snapshot', 'copy') ON CONFLICT DO NOTHING;
