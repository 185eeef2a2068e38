-- A type that is new in 15: numeric with a scale below zero.

ALTER TABLE ks."values" ADD COLUMN num_neg numeric(5, -3);
UPDATE ks."values" SET num_neg = -99000 WHERE id = 1;
UPDATE ks."values" SET num_neg = 99000 WHERE id = 2;
