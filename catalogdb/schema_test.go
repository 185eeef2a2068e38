package catalogdb

import (
	"database/sql"
	"flag"
	stmt "github.com/pgcopy/pgcopy/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateGolden = flag.Bool("update", false, "write golden files anew")

// texts runs a query of one text column.
func texts(t *testing.T, q queryer, query string, args ...any) (list []string) {
	t.Helper()
	if err := each(t.Context(), q, query, args, func(rows *sql.Rows) error {
		var s string
		err := rows.Scan(&s)
		list = append(list, s)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSchemaGolden: people and programs read the catalog with sqlite3, so its schema changes on purpose only.
func TestSchemaGolden(t *testing.T) {
	db := create(t)
	got := strings.Join(texts(t, db.r, `SELECT sql || ';' FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'table' DESC, type, name`), "\n\n") + "\n"
	golden := filepath.Join("testdata", "schema.golden.sql")
	if *updateGolden {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the catalog's schema has changed: a directory of an older pgcopy does not have that; raise schemaVersion if one was released, then -update")
	}
	for _, table := range texts(t, db.r, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'`) {
		t.Errorf("table %s is not STRICT", table)
	}
	if marks := texts(t, db.r, `SELECT (SELECT application_id FROM pragma_application_id) || ' ' || (SELECT user_version FROM pragma_user_version)`); marks[0] != "1885823856 1" {
		t.Errorf("the file is marked %s", marks[0])
	}
}

// TestIllegalStatesAreRefused by the database itself, whoever writes.
func TestIllegalStatesAreRefused(t *testing.T) {
	db := create(t)
	seed(t, db, 2)
	run(t, db)
	now := `'2026-01-01T00:00:00.000Z'`
	for _, bad := range []string{
		`UPDATE task SET state = 'finished'`,
		`UPDATE task SET state = NULL`,
		`UPDATE task SET state = 'running', run_id = 1, started_at = ` + now + `, blocked_by = 1`,
		`UPDATE task SET state = 'running', started_at = ` + now,
		`UPDATE task SET state = 'running', run_id = 1`,
		`UPDATE task SET state = 'running', run_id = 99, started_at = ` + now,
		`UPDATE task SET state = 'done'`,
		`UPDATE task SET state = 'done', finished_at = ` + now + `, blocked_by = 1`,
		`UPDATE task SET state = 'failed', finished_at = ` + now,
		`UPDATE task SET state = 'skipped'`,
		`UPDATE task SET blocked_by = -1`,
		`UPDATE task SET priority = 'high'`,
		`UPDATE task SET step = 'paint'`,
		`INSERT INTO task (step, oid, subject, pool) VALUES ('copy-table', 1, 'public.t1', 'copy')`,
		`INSERT INTO task_need (task_id, needs_id) VALUES (1, 999)`,
		`DELETE FROM task WHERE id = (SELECT task_id FROM task_need LIMIT 1)`,
		`UPDATE run SET outcome = 'done'`,
		`UPDATE run SET outcome = 'great', ended_at = ` + now,
		`UPDATE run SET ended_at = ` + now,
		`INSERT INTO setup (id, source) VALUES (2, 'x')`,
		`INSERT INTO sentinel (id) VALUES (2)`,
		`INSERT INTO sentinel (id, apply) VALUES (1, 2)`,
	} {
		db.do(t, `INSERT INTO task_need (task_id, needs_id) VALUES (1, 2) ON CONFLICT DO NOTHING`)
		if err := db.write(t.Context(), func(tx *sql.Tx) error { _, err := tx.ExecContext(t.Context(), bad); return err }); err == nil {
			t.Errorf("%s was possible", bad)
		}
	}
}

// run begins a run of all steps.
func run(t *testing.T, db *DB) int64 {
	t.Helper()
	id, err := db.BeginRun(t.Context(), Run{Command: "test", Version: "0", Host: "here", PID: os.Getpid(), Workflow: "test"})
	if err == nil {
		_, err = db.w.Exec(stmt.CatalogTryAgain, strings.Join(texts(t, db.w, `SELECT json_group_array(name) FROM step`), ""))
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}
