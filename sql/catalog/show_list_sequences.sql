-- list sequences
SELECT oid, schema, name, last_value, is_called FROM sequence ORDER BY display;
