package e2e

import (
	"database/sql"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestReusedTransactionID: a crash of the target may lose a transaction together with its id, which another one then gets and commits under.
// Here that has happened to every task that names a transaction: none may take the other's work for its own.
func TestReusedTransactionID(t *testing.T) {
	src, dst := pgtest.Pair(t)
	w := newGauntletWork(t, src, dst, gauntletDB(t, src, dst))
	if r := w.clone("PGCOPY_CRASH_AT=claimed:restore-pre-data").wait(); r.signal != syscall.SIGKILL {
		t.Fatal(r)
	}
	// While the schema is made nobody else is at work in the database. Later there may be.
	inOther := dst.Value(t, "postgres", `ALTER DATABASE "`+w.targetDB+`" SET geqo_seed = 0.5; COMMENT ON ROLE `+pgtest.Superuser+` IS 'x'; SELECT pg_current_xact_id()`)
	dst.Exec(t, w.targetDB, "CREATE TABLE public.forged (a int)")
	inThis := dst.Value(t, w.targetDB, `INSERT INTO public.forged VALUES (1); CREATE FUNCTION public.forged() RETURNS int LANGUAGE sql AS 'SELECT 1';
		ALTER DATABASE "`+w.targetDB+`" SET geqo_seed = 0.6; SELECT pg_current_xact_id()`)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	forged, err := db.Exec(`UPDATE task SET attempt = 1, target_xid = iif(step = 'restore-pre-data', CAST(?1 AS INTEGER), CAST(?2 AS INTEGER))
		WHERE state <> 'done' AND pool <> 'barrier'`, inOther, inThis)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := forged.RowsAffected()
	t.Logf("%d tasks name transaction %s or %s", n, inOther, inThis)
	w.mustEnd(w.resume(nil), exitDone)
	dst.Exec(t, w.targetDB, `SET session_replication_role = replica; DROP TABLE public.forged; DROP FUNCTION public.forged(); ALTER DATABASE "`+w.targetDB+`" RESET geqo_seed`)
	dst.Exec(t, "postgres", `COMMENT ON ROLE `+pgtest.Superuser+` IS NULL`)
	w.mustEqual()
}
