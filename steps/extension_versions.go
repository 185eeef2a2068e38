package steps

import (
	"context"
	"errors"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgtarget"
)

// ExtensionVersions hands out what a server could install: the target when one is named, else the source, else the target that the work
// directory was begun with.
func ExtensionVersions(ctx context.Context, o Options, yield func(pgtarget.ExtensionVersions) error) error {
	option, uri := "--target", o.Target
	if uri == "" && o.Source != "" {
		option, uri = "--source", o.Source
	}
	if uri == "" {
		var err error
		if uri, err = recordedTarget(ctx, o.Dir); err != nil {
			return err
		}
	}
	server, err := pgdb.ParseConninfo(option, uri)
	if err != nil {
		return err
	}
	conn, err := server.Connect(ctx, pgdb.SourceSession().As("list")) // one that reads
	if err != nil {
		return err
	}
	defer closeNow(conn)
	return pgtarget.AvailableVersions(ctx, conn, yield)
}

func recordedTarget(ctx context.Context, dir string) (string, error) {
	db, err := catalogdb.Look(ctx, dir)
	if errors.Is(err, catalogdb.ErrNoCatalog) {
		return "", &pgdb.UserError{Msg: dir + " holds no catalog, and no server is named to look at",
			Hint: "name the server with --target or --source, or a work directory with --dir"}
	}
	if err != nil {
		return "", dirError(dir, err)
	}
	defer func() { _ = db.Close() }()
	setup, bound, err := db.Setup(ctx)
	if err == nil && !bound {
		err = &pgdb.UserError{Msg: dir + " was not begun: it names no server to look at", Hint: "name one with --target"}
	}
	return setup.Target, err
}
