-- The format of each table's COPY. ?1: why all travel as text, '' when they need not. ?2: types of verdict caution are taken too. The first
-- column with the worst verdict is the reason.
WITH declined AS (
    SELECT t.oid,
           CASE WHEN ?1 <> '' THEN ?1
                WHEN t.copy_columns = '' THEN 'no column travels'
                ELSE (SELECT 'column ' || c.name || ' (' || c.type || ') ' || coalesce(y.reason, 'is of a type that is not known')
                        FROM source_column c LEFT JOIN source_type y ON y.oid = c.type_oid
                       WHERE c.table_oid = t.oid AND c.generated = '' AND (y.verdict IS NULL OR y.verdict = 'never' OR y.verdict = 'caution' AND NOT ?2)
                       ORDER BY coalesce(y.verdict, '') DESC, c.num
                       LIMIT 1)
           END AS reason
      FROM source_table t
     WHERE t.kind = 'r'
)
UPDATE source_table AS t
   SET copy_format = CASE WHEN d.reason IS NULL THEN 'binary' ELSE 'text' END,
       format_reason = coalesce(d.reason, 'every column''s type allows it')
  FROM declined d
 WHERE d.oid = t.oid;
