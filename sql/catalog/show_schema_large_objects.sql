-- list schema: large objects, in the batches they are copied in
SELECT json_object('batch', number, 'first_oid', first_oid, 'last_oid', last_oid, 'count', count, 'bytes', bytes) FROM large_object_batch ORDER BY number;
