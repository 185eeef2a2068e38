-- What is left out is not copied, built or set: it is no longer among what was found.
DELETE FROM source_table WHERE oid IN (SELECT oid FROM skipped_object WHERE kind IN ('TABLE', 'MATERIALIZED VIEW'));
DELETE FROM part WHERE table_oid NOT IN (SELECT oid FROM source_table) OR table_oid IN (SELECT oid FROM skipped_object WHERE kind = 'TABLE DATA');
DELETE FROM source_constraint
 WHERE table_oid NOT IN (SELECT oid FROM source_table)
    OR oid IN (SELECT oid FROM skipped_object WHERE kind IN ('CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT'));
DELETE FROM source_index
 WHERE table_oid NOT IN (SELECT oid FROM source_table)
    OR oid IN (SELECT oid FROM skipped_object WHERE kind = 'INDEX')
    OR constraint_oid IN (SELECT oid FROM skipped_object WHERE kind = 'CONSTRAINT');
UPDATE source_index SET bytes = 0 WHERE table_oid IN (SELECT oid FROM skipped_object WHERE kind = 'TABLE DATA');
DELETE FROM sequence WHERE oid IN (SELECT oid FROM skipped_object WHERE kind = 'SEQUENCE');
DELETE FROM extension_config
 WHERE rel_oid IN (SELECT oid FROM skipped_object WHERE kind = 'TABLE DATA')
    OR extension_oid IN (SELECT oid FROM skipped_object WHERE kind = 'EXTENSION');
DELETE FROM source_column WHERE table_oid NOT IN (SELECT oid FROM source_table) AND table_oid NOT IN (SELECT rel_oid FROM extension_config);
DROP TABLE temp.filter_rider;
DROP TABLE temp.filter_selected;
DROP TABLE temp.filter_kept;
