-- For a database of encoding LATIN1. This file is UTF-8 and is sent with client_encoding UTF8; the server stores every
-- name and value in LATIN1, where each of these letters is one byte.

CREATE SCHEMA "Schéma";
CREATE TYPE "Schéma"."humeur ÿ" AS ENUM ('gâté', 'ü', 'ß');
CREATE TABLE "Schéma"."Tâble à côté" (
    "clé"       int CONSTRAINT "clé primaire" PRIMARY KEY,
    "prénom"    text DEFAULT 'Zoë',
    "c"         char(5),
    humeur      "Schéma"."humeur ÿ",
    "mots"      text[],
    js          json,
    jsb         jsonb,
    b           bytea,
    CONSTRAINT "vérifié" CHECK ("prénom" <> 'Renée')
);
INSERT INTO "Schéma"."Tâble à côté"
    SELECT i, 'Zoë-' || i || '-ÀÉÎÕÜßàéîõüÿ', 'é' || i % 1000, 'gâté', ARRAY['ñ', NULL, '¿"\'], '{"clé" : "à"}', '{"clé": "ÿ"}', '\xe9ff00'
    FROM generate_series(1, 2000) i;
-- Every character of the upper half of LATIN1, with the ones between 80 and 9f, which no keyboard has.
CREATE TABLE every_byte (id int PRIMARY KEY, t text);
INSERT INTO every_byte SELECT i, convert_from(set_byte('\x00', 0, i), 'LATIN1') FROM generate_series(1, 255) i;
INSERT INTO every_byte SELECT 1000, string_agg(convert_from(set_byte('\x00', 0, i), 'LATIN1'), '' ORDER BY i) FROM generate_series(1, 255) i;
CREATE INDEX "indéx" ON "Schéma"."Tâble à côté" (upper("prénom")) WHERE "prénom" <> 'é';
CREATE VIEW "Schéma"."vüe" AS SELECT "clé", 'é' || "prénom" AS "naïf" FROM "Schéma"."Tâble à côté";
CREATE MATERIALIZED VIEW "Schéma"."vüe matérialisée" AS SELECT * FROM "Schéma"."vüe" WHERE "naïf" LIKE 'é%';
CREATE FUNCTION "Schéma"."façade"() RETURNS text LANGUAGE sql AS $$SELECT 'çà et là'::text$$;
CREATE SEQUENCE "Schéma"."séquence" START 5;
SELECT nextval('"Schéma"."séquence"');
COMMENT ON TABLE "Schéma"."Tâble à côté" IS 'commentaire accentué: éèê';
COMMENT ON CONSTRAINT "clé primaire" ON "Schéma"."Tâble à côté" IS 'clé';
SELECT lo_from_bytea(800001, '\xe9e8ff00');
COMMENT ON LARGE OBJECT 800001 IS 'gros objet à côté';
GRANT SELECT ("prénom") ON "Schéma"."Tâble à côté" TO ks_reader;
GRANT SELECT ON "Schéma"."Tâble à côté" TO "ks Quoted.Role"; -- the owner of the view reads the table
ALTER VIEW "Schéma"."vüe" OWNER TO "ks Quoted.Role";
DO $$
BEGIN
    EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'base de données');
    -- A client that writes literals as 'C:\x' and trusts the default is wrong in this database.
    EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database());
    EXECUTE format('ALTER DATABASE %I SET client_encoding = %L', current_database(), 'SQL_ASCII');
END
$$;
