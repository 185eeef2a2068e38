package pgtarget

import (
	"context"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgdb"
)

// A session that this process did not make, and that calls itself pgcopy, is another pgcopy's. One's own are not, nor who only reads.
func TestOthers(t *testing.T) {
	ctx := context.Background()
	dst, db, _ := fresh(t, "")
	before := session(t, dst.URI(db)+"&application_name=pgcopy%20copy")
	info, err := pgdb.ParseConninfo("--target", dst.URI(db))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := info.Connect(ctx, pgdb.TargetSession().As("copy"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	own, err := info.Connect(ctx, pgdb.TargetSession().As("apply"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = own.Close(ctx) }()
	after := session(t, dst.URI(db)+"&application_name=pgcopy%20apply")
	session(t, dst.URI(db)+"&application_name=pgcopy%20compare")
	found, err := Others(ctx, conn)
	if err != nil || len(found) != 2 {
		t.Fatal(found, err)
	}
	first, second := found[0], found[1]
	if first.PID != int32(before.PgConn().PID()) || !first.Earlier || first.Application != "pgcopy copy" || !strings.HasSuffix(first.Since, " UTC") {
		t.Errorf("the first is %+v", first)
	}
	if second.PID != int32(after.PgConn().PID()) || second.Earlier || second.Application != "pgcopy apply" {
		t.Errorf("the second is %+v", second)
	}
	if text := first.String(); !strings.Contains(text, "application pgcopy copy, pid ") || !strings.Contains(text, ", from 127.0.0.1, since 20") {
		t.Error(text)
	}
}

// Another role's begin cannot be seen: it is taken for earlier, and told without.
func TestOthersOfAnotherRole(t *testing.T) {
	ctx := context.Background()
	dst, db, _ := fresh(t, "")
	dst.Exec(t, db, "CREATE ROLE others_plain LOGIN")
	t.Cleanup(func() { dst.Exec(t, db, "DROP ROLE others_plain") })
	plain := session(t, dst.URI(db))
	if _, err := plain.Exec(ctx, "SET SESSION AUTHORIZATION others_plain"); err != nil {
		t.Fatal(err)
	}
	session(t, dst.URI(db)+"&application_name=pgcopy%20copy")
	found, err := Others(ctx, plain)
	if err != nil || len(found) != 1 || !found[0].Earlier || found[0].Since != "" || found[0].Address != "" {
		t.Fatal(found, err)
	}
}
