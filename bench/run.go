package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// bench is one `bench run`.
type bench struct {
	kit
	servers
	contenders []contender
	rounds     int
	scale      float64
	timeout    time.Duration // of one copy
	sample     bool          // say what the sessions were doing
	keep       string        // a folder that gets the logs of the tools; "" for none
	work       string
	results    *Results
	save       func() error
	out        io.Writer
}

// the databases, on the source and on the target
const (
	sourceDB, copyDB, scratchDB = "bench", "bench", "floor"
)

// manyFiles is from how many tables on the copies of a set are dropped when all of them are made. For minutes, ext4 looks at each file that was
// deleted before it makes a new one (recently_deleted): whoever comes behind the removal of 20,000 files pays for them, up to six times what the
// copy itself takes.
const manyFiles = 500

// databases are those that a set's copies and floors go into.
type databases struct {
	server *pgtest.Server
	later  bool // to be dropped
	made   []string
}

// name gives the name of a database that is not there, or that may be dropped before it is made anew.
func (d *databases) name(of string) string {
	if d.later {
		of = fmt.Sprintf("%s_%d", of, len(d.made)+1)
	}
	if !slices.Contains(d.made, of) {
		d.made = append(d.made, of)
	}
	return of
}

func (d *databases) drop(ctx context.Context) error {
	for _, db := range d.made {
		if err := d.server.DropDB(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// measureSet fills a data set and copies it with every contender, round by round: one after the other, so that what the machine does beside
// meets all of them.
func (b *bench) measureSet(ctx context.Context, name string) error {
	b.say("%s: filling", name)
	if err := fresh(ctx, b.source, sourceDB); err != nil {
		return err
	}
	uri := b.source.URI(sourceDB)
	if err := fill(ctx, uri, name, b.scale); err != nil {
		return err
	}
	set, err := measureSource(ctx, name, uri)
	if err != nil {
		return err
	}
	truth, err := describe(ctx, filepath.Join(b.bin, "pg_dump"), uri)
	if err != nil {
		return err
	}
	b.say("%s: %d MB, %d tables, %d indexes, %d large objects", name, set.Bytes>>20, set.Tables, set.Indexes, set.LargeObjects)
	b.results.Sets = append(b.results.Sets, set)
	mine := &b.results.Sets[len(b.results.Sets)-1]
	dbs := &databases{server: b.target, later: set.Tables >= manyFiles}
	for round := range b.rounds {
		f, err := measureFloor(ctx, b.servers, sourceDB, dbs.name(scratchDB), b.work)
		if err != nil {
			return err
		}
		mine.Floors = append(mine.Floors, f)
		b.say("%s, round %d: floor %s CPU s by text, %s by binary", name, round+1, num(f.Text()), num(f.Binary()))
		for i := range b.contenders {
			c := b.contenders[(i+round)%len(b.contenders)] // nobody is always the first
			r, err := b.copyOnce(ctx, c, dbs.name(copyDB), round+1, truth, name)
			if err != nil {
				return fmt.Errorf("%s with %s: %w", name, c, err)
			}
			mine.Runs = append(mine.Runs, r)
			if r.good() {
				b.say("%s, round %d: %-34s %6s s wall, CPU %6s tool %6s source %6s target %6s others, %4d MB", name, round+1, c, num(r.Wall), num(r.ToolCPU),
					num(r.SourceCPU), num(r.TargetCPU), num(r.OtherCPU), r.PeakKB>>10)
				for _, a := range r.Activity[:min(12, len(r.Activity))] {
					b.say("    %7.2f s %-6s %-28s %s", a.Seconds, a.Server, a.Doing, a.Waiting)
				}
			} else {
				b.say("%s, round %d: %s made no copy: %s%v", name, round+1, c, r.Failed, r.Differences)
			}
			if err := b.save(); err != nil {
				return err
			}
		}
	}
	return errors.Join(dbs.drop(ctx), b.source.DropDB(ctx, sourceDB))
}

// measureSource says how large a data set has become.
func measureSource(ctx context.Context, name, uri string) (Set, error) {
	r, err := rows(ctx, uri, `SELECT pg_database_size(current_database()), (SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')),
		(SELECT count(*) FROM pg_indexes WHERE schemaname <> 'pg_catalog'), (SELECT count(*) FROM pg_largeobject_metadata)`)
	if err != nil {
		return Set{}, err
	}
	var n [4]int64
	for i := range n {
		if n[i], err = strconv.ParseInt(r[0][i], 10, 64); err != nil {
			return Set{}, err
		}
	}
	return Set{Name: name, Bytes: n[0], Tables: int(n[1]), Indexes: int(n[2]), LargeObjects: int(n[3])}, nil
}

// copyOnce lets a contender copy into a fresh database, and looks whether it is a copy. An error is one of the bench, not of the tool.
func (b *bench) copyOnce(ctx context.Context, c contender, targetDB string, round int, truth original, set string) (Run, error) {
	run := Run{Round: round, Tool: c.Tool, Jobs: c.Jobs}
	if err := fresh(ctx, b.target, targetDB); err != nil {
		return run, err
	}
	if err := b.settle(ctx); err != nil {
		return run, err
	}
	dir, err := os.MkdirTemp(b.work, "run-")
	if err != nil {
		return run, err
	}
	defer os.RemoveAll(dir)
	p := b.plan(c, b.source.URI(sourceDB), b.target.URI(targetDB), dir)
	seen := func() ([]Activity, error) { return nil, nil }
	if b.sample {
		if seen, err = watch(ctx, b.source.URI(sourceDB), b.target.URI(targetDB)); err != nil {
			return run, err
		}
	}
	before, err := b.clocks()
	if err != nil {
		return run, err
	}
	limited, cancel := context.WithTimeout(ctx, b.timeout)
	u, err := measure(limited, p)
	late := limited.Err() != nil && ctx.Err() == nil
	cancel()
	if late {
		u.Failed, err = fmt.Sprintf("took longer than %s", b.timeout), nil
	}
	if err != nil {
		return run, err
	}
	after, err := b.clocks()
	if err != nil {
		return run, err
	}
	if run.Activity, err = seen(); err != nil {
		return run, err
	}
	run.Wall, run.ToolCPU, run.PeakKB, run.Failed = u.Wall, u.CPU, u.peak(), u.Failed
	run.SourceCPU, run.TargetCPU = after[0]-before[0], after[1]-before[1]
	run.OtherCPU = max(0, after[2]-before[2]-run.SourceCPU-run.TargetCPU-run.ToolCPU)
	if b.keep != "" {
		name := fmt.Sprintf("%s-%s-%d-%d.log", set, short(c.Tool), c.Jobs, round)
		if log, err := os.ReadFile(p.Log); err == nil {
			err = errors.Join(os.MkdirAll(b.keep, 0o755), os.WriteFile(filepath.Join(b.keep, name), log, 0o644))
			if err != nil {
				return run, err
			}
		}
	}
	if run.Failed != "" {
		run.Failed += ": " + lastLines(p.Log, 3)
		return run, nil
	}
	run.Differences, err = truth.differences(ctx, b.target.URI(targetDB))
	if n := len(run.Differences); n > 20 {
		run.Differences = append(run.Differences[:20], fmt.Sprintf("and %d more", n-20))
	}
	return run, err
}

// clocks are the CPU seconds of the source, the target, and the machine.
func (b *bench) clocks() (c [3]float64, err error) {
	var errs [3]error
	c[0], errs[0] = serverCPU(b.source.PID())
	c[1], errs[1] = serverCPU(b.target.PID())
	c[2], errs[2] = machineCPU()
	return c, errors.Join(errs[:]...)
}
