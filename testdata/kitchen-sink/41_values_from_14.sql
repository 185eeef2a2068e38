-- Values and types that are new in 14: infinite numerics, multiranges.

ALTER TABLE ks."values" ADD COLUMN mr4 int4multirange, ADD COLUMN mrd datemultirange, ADD COLUMN mrn nummultirange;
UPDATE ks."values" SET mr4 = '{}', mrd = '{}', mrn = '{(,)}' WHERE id = 1;
UPDATE ks."values" SET mr4 = '{[1,2),[5,9)}', mrd = '{(-infinity,2020-01-01),[2021-01-01,infinity]}', mrn = '{(,1.0],(2,)}' WHERE id = 2;
UPDATE ks."values" SET num = 'Infinity' WHERE id = 4;
UPDATE ks."values" SET num = '-Infinity' WHERE id = 5;
