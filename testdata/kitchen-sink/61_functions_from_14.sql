-- Since 14: bodies that are parsed when the function is made, procedures with OUT, ranges in polymorphic types of the second family.

CREATE FUNCTION ks.atomic(a int, b int DEFAULT 1 + 1, OUT total int) LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT a + b;
END;
CREATE FUNCTION ks.reads_view() RETURNS SETOF ks.orders LANGUAGE sql STABLE ROWS 40 COST 5 SECURITY DEFINER LEAKPROOF
    SET search_path = 'ks', "Upper Case" SET work_mem = '8MB' SET "DateStyle" = 'SQL, DMY'
BEGIN ATOMIC
    SELECT * FROM ks.orders ORDER BY orders;
END;
CREATE FUNCTION ks.short(text) RETURNS text RETURN upper($1);
CREATE FUNCTION ks.polymorphic(anycompatible, anycompatiblerange) RETURNS anycompatible LANGUAGE plpgsql STRICT AS 'BEGIN RETURN $1; END';
CREATE PROCEDURE ks.procedure(IN a int, OUT c int, INOUT b text DEFAULT 'x') LANGUAGE plpgsql AS $$ BEGIN c := a; COMMIT; END $$;
COMMENT ON PROCEDURE ks.procedure(int, out int, text) IS 'a procedure';
COMMENT ON FUNCTION ks.atomic(int, int) IS 'a function with a parsed body';
REVOKE EXECUTE ON FUNCTION ks.short(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ks.short(text) TO "ks Quoted.Role" WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE ks.procedure(int, text) TO ks_writer;
ALTER FUNCTION ks.atomic(int, int) OWNER TO ks_owner;
