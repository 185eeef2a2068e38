package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// Floor is the work that no tool can spare the servers, in CPU seconds: reading every row without sending it, taking every row from a file of the
// server, making the schema, building the indexes one by one, checking the constraints, analysing. It is measured without any tool.
type Floor struct {
	OutText, OutBinary float64 // COPY ... TO '/dev/null'
	InText, InBinary   float64 // COPY ... FROM a file; from freezeFrom on in a transaction with TRUNCATE, with FREEZE
	LargeOut, LargeIn  float64 // lo_get of each large object, lo_import of each from a file
	Schema             float64 // what pg_dump --section=pre-data says
	Post               float64 // what pg_dump --section=post-data says, without parallel workers
	Analyze            float64
}

// Text and Binary are the whole floor for a tool that moves rows in that format. Every column of the data sets may travel in binary.
func (f Floor) Text() float64   { return f.OutText + f.InText + f.rest() }
func (f Floor) Binary() float64 { return f.OutBinary + f.InBinary + f.rest() }
func (f Floor) rest() float64   { return f.LargeOut + f.LargeIn + f.Schema + f.Post + f.Analyze }

// Best is the lower one.
func (f Floor) Best() float64 { return min(f.Text(), f.Binary()) }

// freezeFrom is the size in bytes from which TRUNCATE and FREEZE are cheaper for the server than a plain COPY.
const freezeFrom = 8 << 20

// batch is how many small tables share a message.
const batch = 100

type floorTable struct {
	name string
	size int64
}

// measureFloor copies database db of the source into a database of the target, which it leaves behind, step by step.
func measureFloor(ctx context.Context, s servers, db, scratch, work string) (f Floor, err error) {
	from, to := s.source.URI(db), s.target.URI(scratch)
	if err := fresh(ctx, s.target, scratch); err != nil {
		return f, err
	}
	tables, err := floorTables(ctx, from)
	if err != nil {
		return f, err
	}
	dir := filepath.Dir(s.source.DataDir()) // where that server may write, and the other may read
	pre, post := filepath.Join(work, "pre.sql"), filepath.Join(work, "post.sql")
	for file, section := range map[string]string{pre: "pre-data", post: "post-data"} {
		if err := dumpSection(ctx, s.source, from, section, file); err != nil {
			return f, err
		}
	}
	psql := func(file string) func() error {
		return func() error {
			_, err := s.target.PsqlContext(ctx, scratch, "-c", "SET max_parallel_maintenance_workers = 0", "-o", os.DevNull, "-f", file)
			return err
		}
	}
	send := func(uri string, sqls []string) func() error {
		return func() error { return statements(ctx, uri, sqls) }
	}
	if f.Schema, err = cpuOf(ctx, s.target, psql(pre)); err != nil {
		return f, err
	}
	for _, p := range []struct {
		format  string
		out, in *float64
	}{{"text", &f.OutText, &f.InText}, {"binary", &f.OutBinary, &f.InBinary}} {
		// what the pass before has loaded; after the last one the rows stay for the indexes
		if err := statements(ctx, to, each(tables, "TRUNCATE %s")); err != nil {
			return f, err
		}
		if *p.out, err = cpuOf(ctx, s.source, send(from, copies(tables, "", "TO", p.format))); err != nil {
			return f, err
		}
		if err = statements(ctx, from, copies(tables, dir, "TO", p.format)); err != nil {
			return f, err
		}
		if *p.in, err = cpuOf(ctx, s.target, send(to, copies(tables, dir, "FROM", p.format))); err != nil {
			return f, err
		}
		for i := range tables {
			if err := os.Remove(floorFile(dir, i)); err != nil {
				return f, err
			}
		}
	}
	if f.LargeOut, f.LargeIn, err = floorLargeObjects(ctx, s, from, to, dir); err != nil {
		return f, err
	}
	if f.Post, err = cpuOf(ctx, s.target, psql(post)); err != nil {
		return f, err
	}
	f.Analyze, err = cpuOf(ctx, s.target, send(to, []string{"ANALYZE"}))
	return f, err
}

// cpuOf is the CPU time that a server uses during do, in seconds.
func cpuOf(ctx context.Context, s *pgtest.Server, do func() error) (float64, error) {
	if err := s.ExecContext(ctx, "postgres", "CHECKPOINT"); err != nil {
		return 0, err
	}
	before, err := serverCPU(s.PID())
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, fmt.Errorf("floor: %w", err)
	}
	after, err := serverCPU(s.PID())
	return after - before, err
}

func floorTables(ctx context.Context, uri string) ([]floorTable, error) {
	list, err := rows(ctx, uri, `SELECT format('%I.%I', nspname, relname), pg_table_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 2 DESC`)
	var out []floorTable
	for _, r := range list {
		size, _ := strconv.ParseInt(r[1], 10, 64)
		out = append(out, floorTable{r[0], size})
	}
	return out, err
}

func floorFile(dir string, i int) string { return filepath.Join(dir, fmt.Sprintf("floor-%d", i)) }

// copies are the statements that copy all tables, the small ones many to a message. An empty dir is nowhere.
func copies(tables []floorTable, dir, direction, format string) []string {
	var out []string
	var small string
	for i, t := range tables {
		file := "/dev/null"
		if dir != "" {
			file = floorFile(dir, i)
		}
		if direction == "FROM" && t.size >= freezeFrom {
			out = append(out, fmt.Sprintf("BEGIN; TRUNCATE %s; COPY %[1]s FROM '%s' (FORMAT %s, FREEZE); COMMIT", t.name, file, format))
			continue
		}
		small += fmt.Sprintf("COPY %s %s '%s' (FORMAT %s);", t.name, direction, file, format)
		if i%batch == batch-1 || t.size >= freezeFrom {
			out, small = append(out, small), ""
		}
	}
	if small != "" {
		out = append(out, small)
	}
	return out
}

// each makes a statement of every table, many to a message.
func each(tables []floorTable, format string) []string {
	var out []string
	for i, t := range tables {
		if i%batch == 0 {
			out = append(out, "")
		}
		out[len(out)-1] += fmt.Sprintf(format, t.name) + ";"
	}
	return out
}

// dumpSection writes the statements of a section of the schema to a file, without large objects (-B): before version 17 pre-data makes them.
func dumpSection(ctx context.Context, s *pgtest.Server, uri, section, file string) error {
	out, err := exec.CommandContext(ctx, s.Bin("pg_dump"), "--section="+section, "-B", "--file="+file, "-d", uri).CombinedOutput()
	if err != nil {
		return fmt.Errorf("floor: pg_dump: %w: %s", err, out)
	}
	return nil
}

// floorLargeObjects reads every large object, and makes each on the target from a file.
func floorLargeObjects(ctx context.Context, s servers, from, to, dir string) (out, in float64, err error) {
	list, err := rows(ctx, from, "SELECT array_agg(oid), count(*) FROM pg_largeobject_metadata")
	if err != nil || list[0][1] == "0" {
		return 0, 0, err
	}
	run := func(uri, sql string) func() error {
		return func() error { return statements(ctx, uri, []string{sql}) }
	}
	if out, err = cpuOf(ctx, s.source, run(from, "SELECT sum(length(lo_get(oid))) FROM pg_largeobject_metadata")); err != nil {
		return out, in, err
	}
	prefix := filepath.Join(dir, "large-")
	if err := statements(ctx, from, []string{fmt.Sprintf("SELECT count(lo_export(oid, '%s' || oid)) FROM pg_largeobject_metadata", prefix)}); err != nil {
		return out, in, err
	}
	in, err = cpuOf(ctx, s.target, run(to, fmt.Sprintf("SELECT count(lo_import('%s' || o, o)) FROM unnest('%s'::oid[]) o", prefix, list[0][0])))
	files, _ := filepath.Glob(prefix + "*")
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			return out, in, err
		}
	}
	return out, in, err
}
