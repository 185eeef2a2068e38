-- Functions, procedures and aggregates of every kind, and bodies that look like the text of a dump.

CREATE PROCEDURE ks.plain_procedure(IN a int, INOUT b text DEFAULT 'x') LANGUAGE plpgsql AS $$ BEGIN b := a; COMMIT; END $$;
CREATE FUNCTION ks.tabular(n int) RETURNS TABLE ("Id" int, "a ""b""" text) LANGUAGE plpgsql AS $fn$
BEGIN
    RETURN QUERY SELECT i, 'x'::text FROM generate_series(1, n) i;
END
$fn$;
CREATE FUNCTION ks.overloaded(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION ks.overloaded(text) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION ks.overloaded(VARIADIC anyarray) RETURNS int LANGUAGE sql AS 'SELECT 3';
CREATE FUNCTION ks.overloaded(INOUT a ks.mood, INOUT b ks.point3) LANGUAGE sql AS 'SELECT $1, $2';
CREATE FUNCTION ks."Weird (name), int"("arg one" "Upper Case"."e Upper Case", "it's" "dot.ted.name"."c dot.ted.name"[]) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION ks.row_number_again() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION ks.uses_missing_things() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT no_column FROM no_table); END';
COMMENT ON FUNCTION ks.overloaded(text) IS 'the second of four';

-- A body with lines that look like pg_dump's table of contents, its comments, psql's commands and the end of COPY data.
CREATE FUNCTION ks.looks_like_a_dump() RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    RETURN '
--
-- TOC entry 5 (class 1255 OID 1)
-- Name: fake; Type: TABLE; Schema: public; Owner: nobody
--

CREATE TABLE public.fake (id int);


--
-- Name: fake2; Type: INDEX; Schema: public; Owner: nobody
--
COPY public.fake (id) FROM stdin;
1
\.

\restrict abc
\connect postgres
\! echo no
;215 1259 16385 TABLE public fake postgres
SELECT pg_catalog.setval(''x'', 1, true);
$$ $1 $_$ $function$
';
END
$body$;
COMMENT ON FUNCTION ks.looks_like_a_dump() IS E'--\n-- TOC entry 6 (class 1259 OID 2)\n-- Name: fake; Type: TABLE; Schema: public; Owner: -\n--\n\\.\n\\connect x\n';
CREATE FUNCTION ks.long_body() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN ''placeholder''; END';
DO $$
BEGIN
    -- A definition of some hundred kB on one line.
    EXECUTE format('CREATE OR REPLACE FUNCTION ks.long_body() RETURNS text LANGUAGE plpgsql AS %L', 'BEGIN RETURN ' || quote_literal(repeat('long ', 60000)) || '; END');
END
$$;

-- Aggregates: plain, parallel, moving, ordered-set, hypothetical-set, variadic, with a sort operator.
CREATE FUNCTION ks.add_float(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS 'SELECT $1 + $2';
CREATE FUNCTION ks.sub_float(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS 'SELECT $1 - $2';
CREATE AGGREGATE ks.my_sum(float8) (SFUNC = ks.add_float, STYPE = float8, INITCOND = '0', COMBINEFUNC = ks.add_float,
    MSFUNC = ks.add_float, MINVFUNC = ks.sub_float, MSTYPE = float8, MINITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE ks."My Max"(int) (SFUNC = int4larger, STYPE = int, SORTOP = OPERATOR(pg_catalog.>));
CREATE AGGREGATE ks.my_percentile(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE AGGREGATE ks.my_rank(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE AGGREGATE ks.count_all(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
COMMENT ON AGGREGATE ks.my_sum(float8) IS 'an aggregate';
COMMENT ON AGGREGATE ks.count_all(*) IS 'an aggregate over rows';
ALTER AGGREGATE ks."My Max"(int) OWNER TO "ks Quoted.Role";

-- A language over functions of our own: pg_dump writes out the handlers of a language only if they are no system functions.
CREATE FUNCTION ks.language_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION ks.language_inline(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION ks.language_validator(oid) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE TRUSTED LANGUAGE ks_language HANDLER ks.language_handler INLINE ks.language_inline VALIDATOR ks.language_validator;
COMMENT ON LANGUAGE ks_language IS 'a language';
CREATE FUNCTION ks.in_own_language() RETURNS int LANGUAGE ks_language AS 'BEGIN RETURN 1; END';

ALTER FUNCTION ks.overloaded(int) DEPENDS ON EXTENSION plpgsql;
