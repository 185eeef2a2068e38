-- Triggers in each state, rules, policies, event triggers. Each would do harm if it fired while the rows are copied.

CREATE TABLE ks.fired (at timestamptz DEFAULT now(), who text);
CREATE FUNCTION ks.note_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ks.fired (who) VALUES (TG_NAME);
    RETURN NEW;
END
$$;
CREATE FUNCTION ks.spoil_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.v := 'spoiled by ' || TG_NAME;
    RETURN NEW;
END
$$;
CREATE TABLE ks.triggered (id int PRIMARY KEY, v text, w text);
INSERT INTO ks.triggered SELECT i, 'v' || i, 'w' FROM generate_series(1, 100) i;
CREATE TRIGGER enabled_one BEFORE INSERT ON ks.triggered FOR EACH ROW EXECUTE FUNCTION ks.spoil_it();
CREATE TRIGGER disabled_one BEFORE INSERT OR UPDATE ON ks.triggered FOR EACH ROW EXECUTE FUNCTION ks.spoil_it();
CREATE TRIGGER replica_one BEFORE INSERT ON ks.triggered FOR EACH ROW EXECUTE FUNCTION ks.spoil_it();
CREATE TRIGGER always_one AFTER INSERT OR DELETE ON ks.triggered FOR EACH STATEMENT EXECUTE FUNCTION ks.note_it('an', 'argument ''quoted''', '\');
CREATE TRIGGER "When One" AFTER UPDATE OF v, w ON ks.triggered FOR EACH ROW WHEN (OLD.v IS DISTINCT FROM NEW.v) EXECUTE FUNCTION ks.note_it();
CREATE TRIGGER on_truncate BEFORE TRUNCATE ON ks.triggered EXECUTE FUNCTION ks.note_it();
CREATE TRIGGER transition AFTER UPDATE ON ks.triggered REFERENCING OLD TABLE AS old_rows NEW TABLE AS "New Rows" FOR EACH STATEMENT EXECUTE FUNCTION ks.note_it();
CREATE CONSTRAINT TRIGGER deferred_one AFTER INSERT ON ks.triggered FROM ks.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ks.note_it();
ALTER TABLE ks.triggered DISABLE TRIGGER disabled_one, ENABLE REPLICA TRIGGER replica_one, ENABLE ALWAYS TRIGGER always_one;
COMMENT ON TRIGGER always_one ON ks.triggered IS 'a trigger';
CREATE TRIGGER instead_of INSTEAD OF INSERT ON ks.plain_view FOR EACH ROW EXECUTE FUNCTION ks.note_it();

-- On a partitioned table: cloned to the leaves, and disabled on one of them only.
CREATE TRIGGER on_parent AFTER INSERT ON ks.by_range FOR EACH ROW EXECUTE FUNCTION ks.note_it();
ALTER TABLE ks.by_range_2024 DISABLE TRIGGER on_parent;
CREATE TRIGGER on_leaf BEFORE INSERT ON ks.by_range_2026 FOR EACH ROW EXECUTE FUNCTION ks.spoil_it();

-- Rules: COPY does not fire them, INSERT does.
CREATE TABLE ks.ruled (id int PRIMARY KEY, v text);
INSERT INTO ks.ruled SELECT i, 'v' FROM generate_series(1, 50) i;
CREATE RULE nothing_comes_in AS ON INSERT TO ks.ruled DO INSTEAD NOTHING;
CREATE RULE "Also Rule" AS ON UPDATE TO ks.ruled WHERE NEW.id > 10 DO ALSO (INSERT INTO ks.fired (who) VALUES ('rule; with ; semicolons'); DELETE FROM ks.fired WHERE false);
CREATE RULE off_rule AS ON DELETE TO ks.ruled DO INSTEAD NOTIFY ks_channel, 'payload';
ALTER TABLE ks.ruled DISABLE RULE off_rule, ENABLE REPLICA RULE "Also Rule";
COMMENT ON RULE nothing_comes_in ON ks.ruled IS 'a rule';

-- Row security: on, forced, and policies without it being on.
CREATE TABLE ks.secret_rows (id int PRIMARY KEY, owner name DEFAULT current_user, v text);
INSERT INTO ks.secret_rows SELECT i, CASE i % 3 WHEN 0 THEN 'ks_reader' ELSE 'ks_owner' END, 'secret' || i FROM generate_series(1, 300) i;
ALTER TABLE ks.secret_rows OWNER TO ks_login;
ALTER TABLE ks.secret_rows ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON ks.secret_rows USING (owner = current_user) WITH CHECK (owner = current_user);
CREATE POLICY "Restricted" ON ks.secret_rows AS RESTRICTIVE FOR SELECT TO ks_reader, "ks Quoted.Role" USING (id < 100);
CREATE POLICY for_insert ON ks.secret_rows FOR INSERT TO PUBLIC WITH CHECK (EXISTS (SELECT FROM ks.orders));
COMMENT ON POLICY own_rows ON ks.secret_rows IS 'a policy';
GRANT SELECT ON ks.secret_rows TO ks_reader;
CREATE TABLE ks.secured_without_policy (id int PRIMARY KEY);
INSERT INTO ks.secured_without_policy SELECT generate_series(1, 10);
ALTER TABLE ks.secured_without_policy ENABLE ROW LEVEL SECURITY;
CREATE TABLE ks.policy_without_security (id int PRIMARY KEY);
CREATE POLICY sleeping ON ks.policy_without_security USING (false);

-- Event triggers: harmless, but one writes a row for every command it sees, so that a copy that creates it before its
-- own DDL leaves traces in ks.ddl_seen.
CREATE TABLE ks.ddl_seen (tag text);
CREATE FUNCTION ks.see_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO ks.ddl_seen VALUES (TG_TAG);
END
$$;
CREATE EVENT TRIGGER "ks See DDL" ON ddl_command_end WHEN TAG IN ('CREATE DOMAIN', 'CREATE SERVER', 'CREATE CAST') EXECUTE FUNCTION ks.see_ddl();
CREATE EVENT TRIGGER ks_disabled ON sql_drop EXECUTE FUNCTION ks.see_ddl();
ALTER EVENT TRIGGER ks_disabled DISABLE;
CREATE EVENT TRIGGER ks_always ON table_rewrite EXECUTE FUNCTION ks.see_ddl();
ALTER EVENT TRIGGER ks_always ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER "ks See DDL" IS 'an event trigger';
