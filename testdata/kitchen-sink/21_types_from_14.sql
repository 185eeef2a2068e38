-- Types that are new in 14: multiranges.

CREATE TYPE ks.more_floats AS RANGE (subtype = float8, subtype_diff = ks.float8_distance, multirange_type_name = ks.many_floats);
ALTER TABLE ks.type_user ADD COLUMN fls ks.many_floats, ADD COLUMN fls2 ks.floats_multirange;
UPDATE ks.type_user SET fls = '{[1,2),(3,4]}', fls2 = '{[-infinity,-1e-320)}' WHERE id = 1;
UPDATE ks.type_user SET fls = '{}' WHERE id = 2;
