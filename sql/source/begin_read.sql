-- A transaction that sees one picture of the database until it ends.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
