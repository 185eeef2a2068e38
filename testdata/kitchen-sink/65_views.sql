-- Views and materialized views, also those that pg_dump has to take apart or to put after the constraints.

CREATE VIEW ks.plain_view ("Column One", two) AS SELECT id, v FROM ks.parent;
COMMENT ON VIEW ks.plain_view IS 'a view';
COMMENT ON COLUMN ks.plain_view."Column One" IS 'a column of a view';
ALTER VIEW ks.plain_view ALTER COLUMN two SET DEFAULT 'view default';
CREATE VIEW ks.checked_view WITH (security_barrier = true) AS SELECT * FROM ks.orders WHERE orders > 0 WITH CASCADED CHECK OPTION;
CREATE VIEW ks.checked_local AS SELECT * FROM ks.checked_view WHERE orders < 100 WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW ks.recursive_view (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM recursive_view WHERE n < 10;
CREATE VIEW ks.zero_column_view AS SELECT;

-- Depends on a primary key (GROUP BY names only the key), so it can be made only after the constraint.
CREATE VIEW ks.needs_pk AS SELECT i.id, i.u, count(*) AS n FROM ks.identity_by_pk i JOIN ks.tree t ON t.id = i.id GROUP BY i.id;
CREATE VIEW ks.needs_needs_pk AS SELECT * FROM ks.needs_pk WHERE n > 0;
CREATE MATERIALIZED VIEW ks.mv_needs_pk AS SELECT o.orders, o.t FROM ks.orders o GROUP BY o.orders;
CREATE RULE on_needs_pk AS ON INSERT TO ks.needs_pk DO INSTEAD NOTHING;

-- Circular: each of the two views reads the other one. Nobody can query them, everybody has to copy them.
CREATE VIEW ks.circle_a AS SELECT 1 AS id, 'x'::text AS v;
CREATE VIEW ks.circle_b AS SELECT id, v FROM ks.circle_a;
CREATE OR REPLACE VIEW ks.circle_a AS SELECT id, v FROM ks.circle_b;
-- A view and a function that need each other.
CREATE VIEW ks.view_of_function AS SELECT 1 AS one;
CREATE FUNCTION ks.function_of_view(ks.view_of_function) RETURNS int LANGUAGE sql AS 'SELECT ($1).one';
CREATE OR REPLACE VIEW ks.view_of_function AS SELECT 1 AS one, ks.function_of_view(NULL::ks.view_of_function) AS two;

-- Materialized views in a chain whose names sort against it; one that was never populated stays so.
CREATE MATERIALIZED VIEW ks.mv_z AS SELECT id, v, length(v) AS l FROM ks.parent WHERE id % 2 = 0;
CREATE UNIQUE INDEX mv_z_id ON ks.mv_z (id, v);
CREATE INDEX mv_z_expr ON ks.mv_z ((l * 2)) WHERE l > 1;
ALTER INDEX ks.mv_z_expr ALTER COLUMN 1 SET STATISTICS 33;
ALTER MATERIALIZED VIEW ks.mv_z CLUSTER ON mv_z_id;
ALTER MATERIALIZED VIEW ks.mv_z ALTER COLUMN v SET STATISTICS 10;
CREATE MATERIALIZED VIEW ks.mv_m WITH (fillfactor = 60) AS SELECT l, count(*) AS n FROM ks.mv_z GROUP BY l;
CREATE MATERIALIZED VIEW ks.mv_a AS SELECT sum(n) AS total FROM ks.mv_m;
CREATE VIEW ks.view_of_mv AS SELECT total FROM ks.mv_a;
CREATE MATERIALIZED VIEW ks.mv_0 TABLESPACE ks_space AS SELECT total FROM ks.view_of_mv;
CREATE MATERIALIZED VIEW ks.mv_unpopulated AS SELECT id FROM ks.parent WITH NO DATA;
CREATE UNIQUE INDEX mv_unpopulated_id ON ks.mv_unpopulated (id);
CREATE MATERIALIZED VIEW ks.mv_of_unpopulated AS SELECT count(*) FROM ks.mv_unpopulated WITH NO DATA;
COMMENT ON MATERIALIZED VIEW ks.mv_z IS 'a materialized view';
COMMENT ON COLUMN ks.mv_z.l IS 'a column of a materialized view';
COMMENT ON INDEX ks.mv_z_id IS 'an index of a materialized view';
ALTER MATERIALIZED VIEW ks.mv_m OWNER TO ks_owner;
GRANT SELECT ON ks.mv_m, ks.mv_z, ks.parent TO ks_owner, ks_reader;
ALTER VIEW ks.plain_view OWNER TO "ks Quoted.Role";
GRANT SELECT ("Column One"), UPDATE (two) ON ks.plain_view TO ks_reader;
