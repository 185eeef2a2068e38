package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// Some rows belong to another partition on the target than on the source: those that are spread by the hash of something that differs from server
// to server. They are copied into the root of their tree, which puts them where they belong. Nothing else is true of a single partition then:
// not its rows, nor its statistics.

// routedRoots finds such trees.
func (s *loadSource) routedRoots(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	_, followed, err := s.env.Catalog.Replication(ctx)
	if err != nil {
		return err
	}
	// Of a tree that is followed, the hash of a text is hoped to be the same in both encodings, as that of ASCII is: what does not fit is refused.
	return pgsource.RoutedRoots(ctx, conn, s.env.otherEncoding() && !followed, func(r pgsource.RoutedRoot) error {
		s.env.Log.Info("rows are copied into the root of their partitions and find their place there", "table", r.Name.String(), "because", r.Why)
		return l.RoutedRoot(r.OID, r.Why)
	})
}

// otherEncoding tells whether the target database has another encoding than the source.
func (e *Env) otherEncoding() bool {
	return e.SourceInfo != nil && e.TargetInfo != nil && e.TargetInfo.Encoding != e.SourceInfo.Encoding
}

// noRoutedRoots refuses to follow such a tree: its changes come by the partition that a row has on the source.
func (e *Env) noRoutedRoots(ctx context.Context, conn *pgx.Conn, skip func(pgschema.Name) bool) error {
	return pgsource.RoutedRoots(ctx, conn, false, func(r pgsource.RoutedRoot) error {
		if skip != nil && skip(r.Name) {
			return nil
		}
		return &pgdb.UserError{Msg: r.Name.String() + " cannot be followed: its rows belong to other partitions on the target, because " + r.Why,
			Hint: "copy without following, or leave the table out with --filters ([exclude-table]) and copy it apart"}
	})
}
