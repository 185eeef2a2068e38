-- Since 15: unlogged sequences.

CREATE UNLOGGED SEQUENCE ks.unlogged_one;
SELECT setval('ks.unlogged_one', 5);
