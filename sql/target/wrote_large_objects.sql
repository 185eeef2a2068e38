-- Was any large object from $1 to $2 written (created, given away, granted) last by the transaction $3?
SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata m
               WHERE m.oid BETWEEN $1::pg_catalog.oid AND $2::pg_catalog.oid AND m.xmin = $3::pg_catalog.xid)
