-- The four tables of pgbench with its foreign keys, about 1 GB at scale 1. Paragraphs are sent one by one; bench.scale is set before.

CREATE TABLE pgbench_branches (bid int NOT NULL, bbalance int, filler char(88)) WITH (fillfactor = 100);
CREATE TABLE pgbench_tellers (tid int NOT NULL, bid int, tbalance int, filler char(84)) WITH (fillfactor = 100);
CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84)) WITH (fillfactor = 100);
CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));

INSERT INTO pgbench_branches SELECT b, 0, '' FROM generate_series(1, greatest(1, (70 * current_setting('bench.scale')::float)::int)) b;

INSERT INTO pgbench_tellers SELECT (bid - 1) * 10 + t, bid, 0, '' FROM pgbench_branches, generate_series(1, 10) t ORDER BY 1;

INSERT INTO pgbench_accounts SELECT (b.bid - 1) * 100000 + a, b.bid, a % 5000, '' FROM pgbench_branches b, generate_series(1, 100000) a ORDER BY 1;

INSERT INTO pgbench_history SELECT aid % 10 + 1, bid, aid, aid % 5000, timestamp '2026-01-01' + aid * interval '1 second', '' FROM pgbench_accounts WHERE aid % 10 = 0;

ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid);
ALTER TABLE pgbench_tellers ADD PRIMARY KEY (tid);
ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid);

ALTER TABLE pgbench_tellers ADD FOREIGN KEY (bid) REFERENCES pgbench_branches;
ALTER TABLE pgbench_accounts ADD FOREIGN KEY (bid) REFERENCES pgbench_branches;
ALTER TABLE pgbench_history ADD FOREIGN KEY (bid) REFERENCES pgbench_branches;
ALTER TABLE pgbench_history ADD FOREIGN KEY (tid) REFERENCES pgbench_tellers;
ALTER TABLE pgbench_history ADD FOREIGN KEY (aid) REFERENCES pgbench_accounts;
