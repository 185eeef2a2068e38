-- Since 14: the order and the cycles of recursive queries.

CREATE VIEW ks.with_everything AS
    WITH RECURSIVE r AS MATERIALIZED (SELECT 1 AS i UNION SELECT i + 1 FROM r WHERE i < 3) SEARCH DEPTH FIRST BY i SET ord CYCLE i SET is_cycle USING p
    SELECT r.i, lag(r.i) OVER w AS before, sum(r.i) FILTER (WHERE r.i > 1) OVER w AS s, l.*, '\'::text AS backslash, E'new\nline' AS nl, ROW(1, 'x')::text AS rowtext
    FROM r LEFT JOIN LATERAL (SELECT id, v FROM ONLY ks.parent WHERE id = r.i) l ON true WINDOW w AS (ORDER BY r.i ROWS 2 PRECEDING);
