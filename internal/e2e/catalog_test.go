package e2e

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// catalog runs a query on the catalog of the work directory, as a person with sqlite3 would. NULL is "". A catalog that is not there, or has no
// tables yet, gives no rows.
func (w *work) catalog(query string, args ...any) (rows [][]string) {
	w.t.Helper()
	rows, err := readCatalog(w.dir, query, args...)
	if err != nil && !strings.Contains(err.Error(), "unable to open") && !strings.Contains(err.Error(), "no such table") {
		w.t.Logf("catalog of %s: %v", w.dir, err)
	}
	return rows
}

func readCatalog(dir, query string, args ...any) (rows [][]string, err error) {
	dsn := url.URL{Scheme: "file", Opaque: filepath.Join(dir, "catalog.db"), RawQuery: url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)"}}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	found, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return nil, err
	}
	for found.Next() {
		values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = v.String
		}
		rows = append(rows, row)
	}
	return rows, found.Err()
}

// count is a query for one number.
func (w *work) count(query string, args ...any) int64 {
	w.t.Helper()
	rows := w.catalog(query, args...)
	if len(rows) != 1 || len(rows[0]) != 1 {
		w.t.Fatalf("%s: %d rows", query, len(rows))
	}
	n, err := strconv.ParseInt(rows[0][0], 10, 64)
	if err != nil {
		w.t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return n
}

// changeCatalog does to the catalog what a person with sqlite3 could do between two runs.
func (w *work) changeCatalog(statement string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "catalog.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		w.t.Fatal(err)
	}
}
