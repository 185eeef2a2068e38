package pgtarget

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// follower applies what a real source streams to a real target.
type follower struct {
	t            *testing.T
	src, dst     *pgtest.Server
	db, into     string
	stream       *pgsource.Stream
	decoder      changes.Decoder
	applier      *Applier
	opts         ApplyOptions
	plugin       string
	args         []string     // what its stream is started with
	at           pgschema.LSN // where the origin is
	fold         int          // source transactions per target transaction
	counts       ChangeCounts
	transactions int

	begun bool // the stream is within a transaction
	end   pgschema.LSN
	time  time.Time // of the last commit that was read
}

// follow makes a database on both sides with the same content and begins to follow it.
func follow(t *testing.T, setup string, change ...func(*follower)) *follower {
	t.Helper()
	return followInto(t, setup, setup, change...)
}

// followInto is for two sides that are not alike.
func followInto(t *testing.T, setup, target string, change ...func(*follower)) *follower {
	t.Helper()
	src, dst := pgtest.Pair(t)
	f := &follower{t: t, src: src, dst: dst, db: src.FreshDB(t), into: dst.FreshDB(t), fold: 1, plugin: "pgoutput", args: []string{"proto_version '1'", "publication_names 'p'"}}
	for _, c := range change {
		c(f)
	}
	f.decoder = f.newDecoder()
	src.Exec(t, f.db, setup)
	dst.Exec(t, f.into, target)
	f.start()
	return f
}

func (f *follower) start() {
	f.t.Helper()
	ctx := context.Background()
	f.src.Exec(f.t, f.db, "CREATE PUBLICATION p FOR ALL TABLES")
	conn, err := parseURI(f.t, f.src.URI(f.db)).ConnectPgConn(ctx, pgsource.ReplicationSession("test"))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = conn.Close(ctx) })
	if f.at, _, err = pgsource.CreateSlot(ctx, conn, f.db, f.plugin); err != nil {
		if f.plugin == "wal2json" && strings.Contains(err.Error(), "could not access file") {
			f.t.Skip("the source server has no wal2json (Debian: postgresql-15-wal2json)")
		}
		f.t.Fatal(err)
	}
	if f.stream, err = pgsource.StartStream(ctx, conn, f.db, f.at, f.plugin, f.args); err != nil {
		f.t.Fatal(err)
	}
	admin := session(f.t, f.dst.URI(f.into))
	if err := CreateOrigin(ctx, admin, f.into, f.at); err != nil {
		f.t.Fatal(err)
	}
	f.applier = newApplier(f.t, f.dst.URI(f.into), f.into, f.opts)
	f.t.Cleanup(func() {
		_ = f.applier.Close(ctx)
		dropOrigin(f.t, f.dst, f.into)
	})
}

// newDecoder makes a decoder of the plugin. Those that do not describe tables ask the source.
func (f *follower) newDecoder() changes.Decoder {
	describe := func(name pgschema.Name) (*changes.Relation, error) {
		conn := session(f.t, f.src.URI(f.db))
		defer func() { _ = conn.Close(context.Background()) }()
		oid, identity, columns, key, err := pgsource.DescribeRelation(context.Background(), conn, name)
		rel := &changes.Relation{ID: oid, Name: name, Identity: identity}
		for _, c := range columns {
			rel.Columns = append(rel.Columns, changes.RelationColumn{Name: c.Name, TypeOID: c.TypeOID, Type: c.Type, Key: slices.Contains(key, c.Name)})
		}
		return rel, err
	}
	switch f.plugin {
	case "test_decoding":
		return changes.NewTestDecoding(describe)
	case "wal2json":
		return changes.NewWal2JSON(describe, false)
	}
	return changes.NewPgoutput()
}

func dropOrigin(t *testing.T, s *pgtest.Server, name string) {
	conn := session(t, s.URI("postgres"))
	var err error
	for range 100 {
		if err = DropOrigin(context.Background(), conn, name); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error(err)
}

func parseURI(t *testing.T, uri string) *pgdb.Conninfo {
	t.Helper()
	ci, err := pgdb.ParseConninfo("test", uri)
	if err != nil {
		t.Fatal(err)
	}
	return ci
}

func newApplier(t *testing.T, uri, origin string, o ApplyOptions) *Applier {
	t.Helper()
	conn, err := parseURI(t, uri).Connect(context.Background(), pgdb.TargetSession())
	if err != nil {
		t.Fatal(err)
	}
	o.Origin = origin
	var a *Applier
	for range 50 { // the session before may still be ending
		if a, err = NewApplier(context.Background(), conn, o); pgdb.ClassOf(err) != pgdb.Transient {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// do runs statements on the source, each group as one transaction, and applies what comes of them.
func (f *follower) do(groups ...string) {
	f.t.Helper()
	for _, g := range groups {
		f.src.Exec(f.t, f.db, g)
	}
	if err := f.catchUp(); err != nil {
		f.t.Fatalf("%v\n%s", err, shorten(strings.Join(groups, "; "), 2000))
	}
}

// next is the next event of the stream, nil for a keepalive, whose position it gives.
func (f *follower) next() (*changes.Event, pgschema.LSN, error) {
	ctx := context.Background()
	m, err := f.stream.Next(ctx, 20*time.Second)
	if err != nil {
		return nil, 0, err
	}
	if !m.Keepalive {
		e, err := f.decoder.Decode(m.Start, m.Data)
		if e != nil && e.Kind == changes.Commit && e.EndLSN == 0 {
			e.EndLSN = m.Start // test_decoding does not say, but sends its COMMIT from there
		}
		return e, 0, err
	}
	if m.Reply {
		err = f.stream.Confirm(ctx, f.at, f.at, f.at, false)
	}
	return nil, m.End, err
}

// catchUp applies all that the source has committed.
func (f *follower) catchUp() error {
	ctx := context.Background()
	conn := session(f.t, f.src.URI(f.db))
	end, err := pgsource.CurrentLSN(ctx, conn)
	if err != nil {
		return err
	}
	_ = conn.Close(ctx)
	for open := 0; ; {
		e, at, err := f.next()
		if err != nil {
			return err
		}
		switch {
		case e == nil && at >= end && !f.begun:
			if open == 0 {
				return nil
			}
			return f.commit()
		case e == nil:
		case e.Kind == changes.Begin:
			f.begun = true
			if open == 0 {
				if err := f.applier.Begin(ctx, f.at); err != nil {
					return err
				}
			}
			open++
		case e.Kind == changes.Commit:
			f.begun, f.end, f.time = false, e.EndLSN, e.CommitTime
			f.transactions++
			if open >= f.fold || f.end >= end {
				if err := f.commit(); err != nil {
					return err
				}
				open = 0
			}
			if f.end >= end {
				return nil
			}
		default:
			if err := f.applier.Apply(ctx, e); err != nil {
				return err
			}
		}
	}
}

// pass leaves out the transaction that could not be applied.
func (f *follower) pass() {
	f.t.Helper()
	for f.begun {
		e, _, err := f.next()
		if err != nil {
			f.t.Fatal(err)
		}
		if e != nil && e.Kind == changes.Commit {
			f.begun, f.end, f.time = false, e.EndLSN, e.CommitTime
		}
	}
	if err := f.applier.Begin(context.Background(), f.at); err != nil {
		f.t.Fatal(err)
	}
	if err := f.commit(); err != nil {
		f.t.Fatal(err)
	}
}

func (f *follower) commit() error {
	if err := f.applier.Commit(context.Background(), f.end, f.time); err != nil {
		return err
	}
	f.at = f.end
	for _, c := range f.applier.Counts() {
		f.counts.Inserted += c.Inserted
		f.counts.Updated += c.Updated
		f.counts.Deleted += c.Deleted
		f.counts.Truncated += c.Truncated
		f.counts.Skipped += c.Skipped
	}
	return nil
}

// same fails the test unless both sides hold the same rows.
func (f *follower) same() {
	f.t.Helper()
	ctx := context.Background()
	s, err := truth.DataDigest(ctx, f.src.URI(f.db))
	if err != nil {
		f.t.Fatal(err)
	}
	d, err := truth.DataDigest(ctx, f.dst.URI(f.into))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, line := range truth.DiffData(s, d) {
		f.t.Error(line)
	}
}

// conflict expects the next changes to be one, and leaves the transaction.
func (f *follower) conflict(kind ConflictKind, groups ...string) *ConflictError {
	f.t.Helper()
	for _, g := range groups {
		f.src.Exec(f.t, f.db, g)
	}
	err := f.catchUp()
	var c *ConflictError
	if !errors.As(err, &c) || c.Kind != kind {
		f.t.Fatalf("want %q, got %v", kind, err)
	}
	if c.Hint == "" {
		f.t.Errorf("%v has no hint", c)
	}
	if err := f.applier.Rollback(context.Background()); err != nil {
		f.t.Fatal(err)
	}
	if o, _, err := FindOrigin(context.Background(), session(f.t, f.dst.URI(f.into)), f.into); err != nil || o.Committed != f.at {
		f.t.Errorf("the origin is at %s, %v; want %s", o.Committed, err, f.at)
	}
	return c
}

func (f *follower) wantCounts(want ChangeCounts) {
	f.t.Helper()
	if f.counts != want {
		f.t.Errorf("counted %+v, want %+v", f.counts, want)
	}
}

// restream starts the stream again where the origin is.
func (f *follower) restream() {
	f.t.Helper()
	ctx := context.Background()
	conn, err := parseURI(f.t, f.src.URI(f.db)).ConnectPgConn(ctx, pgsource.ReplicationSession("test"))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = conn.Close(ctx) })
	f.src.Exec(f.t, f.db, "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active AND slot_name = '"+f.db+"'")
	f.decoder = f.newDecoder()
	for range 100 {
		if f.stream, err = pgsource.StartStream(ctx, conn, f.db, f.at, f.plugin, f.args); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	f.t.Fatal(err)
}
