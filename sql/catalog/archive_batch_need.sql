INSERT INTO archive_batch_need (batch, needs_batch) VALUES (?1, ?2) ON CONFLICT DO NOTHING;
