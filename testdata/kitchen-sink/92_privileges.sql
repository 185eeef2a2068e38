-- Owners and privileges: of other grantors, with grant options, on columns, taken from the owner, by default.

CREATE TABLE ks.granted (id int PRIMARY KEY, a text, "B" text, c text);
INSERT INTO ks.granted SELECT i, 'a', 'b', 'c' FROM generate_series(1, 10) i;
ALTER TABLE ks.granted OWNER TO ks_owner;
GRANT SELECT, UPDATE ON ks.granted TO ks_grantor WITH GRANT OPTION;
GRANT USAGE ON SCHEMA ks TO ks_grantor, PUBLIC;
SET ROLE ks_grantor;
GRANT SELECT ON ks.granted TO ks_reader;
GRANT SELECT ON ks.granted TO "ks Quoted.Role" WITH GRANT OPTION;
GRANT UPDATE (a, "B") ON ks.granted TO "ks Quoted.Role";
SET ROLE "ks Quoted.Role";
GRANT SELECT ON ks.granted TO PUBLIC;
RESET ROLE;
GRANT SELECT (id), INSERT ("B"), REFERENCES (c) ON ks.granted TO "ks ""double"" quote", "ks-dash,comma=equals";
GRANT ALL (a) ON ks.granted TO KS_WRITER WITH GRANT OPTION;
GRANT TRUNCATE, TRIGGER ON ks.granted TO "KS_UPPER";

CREATE TABLE ks.taken_from_owner (id int PRIMARY KEY);
INSERT INTO ks.taken_from_owner VALUES (1);
ALTER TABLE ks.taken_from_owner OWNER TO ks_owner;
REVOKE ALL ON ks.taken_from_owner FROM ks_owner;
CREATE TABLE ks.for_everybody (id int PRIMARY KEY);
GRANT ALL ON ks.for_everybody TO PUBLIC;

-- A schema nobody but its owner may enter, with a table of somebody else in it.
CREATE SCHEMA "Private" AUTHORIZATION ks_login;
REVOKE ALL ON SCHEMA "Private" FROM ks_login;
CREATE TABLE "Private".inside (id int PRIMARY KEY);
INSERT INTO "Private".inside SELECT generate_series(1, 10);
ALTER TABLE "Private".inside OWNER TO "ks Quoted.Role";

-- The public schema with another owner, comment and privileges than a new database has.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ks_reader;
GRANT CREATE ON SCHEMA public TO ks_writer WITH GRANT OPTION;
COMMENT ON SCHEMA public IS 'our own public schema';
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
GRANT SELECT (rolname) ON pg_catalog.pg_authid TO ks_reader;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO ks_owner, ks_writer;

ALTER DEFAULT PRIVILEGES FOR ROLE ks_owner GRANT SELECT ON TABLES TO ks_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE ks_owner IN SCHEMA ks, "Upper Case" GRANT INSERT, UPDATE ON TABLES TO "ks Quoted.Role" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE "ks Quoted.Role" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE ks_owner GRANT USAGE ON SCHEMAS TO ks_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE ks_owner GRANT USAGE ON TYPES TO ks_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE ks_owner IN SCHEMA "dot.ted.name" GRANT SELECT ON SEQUENCES TO PUBLIC;
