-- Enums apart from the other types: a label that was added can be used only once its transaction has committed,
-- and every file is sent as one transaction.

CREATE TYPE ks.mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE ks.mood ADD VALUE 'it''s, "complicated" \' BEFORE 'happy';
ALTER TYPE ks.mood ADD VALUE 'ünhappy' BEFORE 'sad';
CREATE TYPE ks.no_labels AS ENUM ();
COMMENT ON TYPE ks.mood IS 'order of labels is not the order of creation';

