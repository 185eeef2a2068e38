-- An extension of our own with configuration tables. It needs the two files of extension/ in the server's share
-- directory (of the source and of the target); where they cannot be put there, this file is left out.

CREATE EXTENSION pgcopy_test WITH SCHEMA ks_ext;

-- Rows of the user in the configuration tables must be copied, those that the extension's script brings must not be
-- doubled. The condition of the first table says which is which.
INSERT INTO ks_ext.pgcopy_test_setting (key, value) SELECT 'user key ' || i, 'value ' || i FROM generate_series(1, 25) i;
INSERT INTO ks_ext.pgcopy_test_rule (setting_id, body) SELECT id, 'rule of ' || key FROM ks_ext.pgcopy_test_setting WHERE NOT builtin;
INSERT INTO ks_ext.pgcopy_test_tree VALUES (3, NULL), (2, 3), (1, 2);
SELECT setval('ks_ext.pgcopy_test_counter', 4711);
-- Not a configuration table: its rows belong to the extension and are not copied.
UPDATE ks_ext.pgcopy_test_fixed SET v = v;
-- Depends on a type of the extension.
CREATE TABLE ks.uses_test_extension (id int PRIMARY KEY, level ks_ext.pgcopy_test_level DEFAULT 'low');
INSERT INTO ks.uses_test_extension SELECT i, 'high' FROM generate_series(1, 10) i;
