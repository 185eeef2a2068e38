-- What relations have had since 14: compression methods.

ALTER TABLE ks.storage ALTER main SET COMPRESSION pglz;
DO $$
BEGIN
    ALTER TABLE ks.storage ADD COLUMN squeezed text COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    ALTER TABLE ks.storage ADD COLUMN squeezed text;
END
$$;
UPDATE ks.storage SET squeezed = repeat('s' || id, 4000);
