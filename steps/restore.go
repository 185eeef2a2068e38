package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// wroteCatalog is the evidence of a batch of entries. Nothing but batches, whose ids the catalog knows, writes to the database at their time.
func wroteCatalog(ctx context.Context, conn *pgx.Conn, xid uint64) (bool, error) {
	return pgtarget.WroteCatalog(ctx, conn, xid)
}

// wroteEntry is the evidence of one entry: a row in the very catalog of what it makes or changes. When it is wanting for another reason than a lost
// transaction, nothing is lost: privileges can be granted twice, and what cannot be made twice says so.
func wroteEntry(a pgschema.ArchiveEntry) evidence {
	catalog := a.CatalogOID
	switch {
	case a.IsSubscription(): // not for everybody to read, but for their names
		return func(ctx context.Context, conn *pgx.Conn, _ uint64) (bool, error) {
			return pgtarget.SubscriptionExists(ctx, conn, a.Name)
		}
	case a.IsRowSecurity():
		return func(ctx context.Context, conn *pgx.Conn, _ uint64) (bool, error) {
			return pgtarget.HasRowSecurity(ctx, conn, pgschema.Name{Schema: a.Schema, Rel: a.Name})
		}
	case a.IsCheck(): // whose row a parent's constraint of that name rewrites
		return func(ctx context.Context, conn *pgx.Conn, _ uint64) (bool, error) {
			return pgtarget.CheckExists(ctx, conn, a.Schema, a.Name)
		}
	case a.IsRefresh():
		return func(ctx context.Context, conn *pgx.Conn, xid uint64) (bool, error) {
			return pgtarget.WroteRelation(ctx, conn, pgschema.Name{Schema: a.Schema, Rel: a.Name}, xid)
		}
	case a.IsComment():
		catalog = pgschema.DescriptionCatalog
	case a.IsAttach():
		catalog = pgschema.InheritsCatalog
	case a.IsSecurityLabel():
		catalog = pgschema.SecLabelCatalog
	}
	return func(ctx context.Context, conn *pgx.Conn, xid uint64) (bool, error) {
		return pgtarget.WroteInto(ctx, conn, catalog, xid)
	}
}

// execScript runs SQL text of several statements, without parameters.
func execScript(ctx context.Context, conn *pgx.Conn, text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	_, err := conn.PgConn().Exec(ctx, text).ReadAll()
	return err
}

// execEntry runs an archive entry's SQL with the settings it depends on.
func execEntry(ctx context.Context, conn *pgx.Conn, a pgschema.ArchiveEntry) error {
	if err := execScript(ctx, conn, sessionOf(a)+a.SQL); err != nil {
		return entryError(a, err)
	}
	return nil
}

// sessionOf is what goes before an entry's SQL. Settings of an earlier entry on the same session are taken back first, and so is a default
// tablespace that the database or the role has by itself.
func sessionOf(a pgschema.ArchiveEntry) string {
	s := pgtarget.SetTablespace(a.Tablespace) + " RESET default_table_access_method;\n"
	for _, set := range a.Session {
		s += strings.TrimSuffix(strings.TrimSpace(set), ";") + ";\n"
	}
	return s
}

func entryError(a pgschema.ArchiveEntry, err error) error {
	name := a.Name
	if a.Schema != "" {
		name = a.Schema + "." + name
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("restore %s %s: %s", strings.ToLower(a.Desc), name, reason(err)), Hint: restoreHint(a, err), Err: err}
}

func reason(err error) string {
	msg, _ := pgdb.Explain(err)
	return msg
}

// restoreHint names the remedy for what most often stands in the way of a restore.
func restoreHint(a pgschema.ArchiveEntry, err error) string {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return ""
	}
	switch pg.Code {
	case "42704": // undefined_object
		switch {
		case strings.Contains(pg.Message, "role "):
			return "create the role on the target first, or start over with --restart, and with --roles, which copies roles, or without owners and privileges: --no-owner --no-acl"
		case strings.Contains(pg.Message, "tablespace "):
			return "create the tablespace on the target first (pgcopy copy tablespaces), or start over with --restart and --tablespaces FILE or --no-tablespaces"
		}
	case "42501": // insufficient_privilege
		return "connect to the target as the database's owner or a superuser, whoever may do this, or start over without it: --restart with --no-owner, --no-acl or --skip-extensions"
	case "0A000", "58P01": // an extension's control file is not there
		if a.IsExtension() {
			return "install the extension's package on the target server, or start over with --restart --skip-extensions"
		}
	case "42P07", "42710", "42P06", "42723":
		return "the object is there already: drop it on the target, or start over with --restart --drop-if-exists, " + dropDanger
	}
	return pg.Hint
}

// restorePreData makes the objects that tables' rows need: schemas, types, functions, tables. A batch of entries is one transaction.
type restorePreData struct{ base }

func newRestorePreData(e *Env) *restorePreData {
	return &restorePreData{base{env: e, name: "restore-pre-data", kind: "schema before data", pool: "restore",
		tasks: []planning{planned(sql.CatalogPlanRestorePreData)},
		needs: []planning{planned(sql.CatalogPlanRestorePreDataNeeds)}}}
}

// Run sends many entries in one round trip. The server does not tell which of them an error is about: then they are done one by one, to name it.
func (s *restorePreData) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	res, err := s.run(ctx, t, preDataText)
	if err != nil && pgdb.ClassOf(err) == pgdb.Permanent && ctx.Err() == nil {
		return s.run(ctx, t, 0)
	}
	return res, err
}

// preDataText is from how many bytes of SQL on entries are sent.
const preDataText = 64 << 10

func (s *restorePreData) run(ctx context.Context, t workflow.Task, bound int) (workflow.Result, error) {
	return s.env.once(ctx, t, wroteCatalog, func(ctx context.Context, conn *pgx.Conn) (workflow.Result, error) {
		installed, err := pgtarget.InstalledExtensions(ctx, conn)
		if err != nil {
			return workflow.Result{}, err
		}
		g := entryGroup{conn: conn, bound: bound}
		if err := s.env.Catalog.ArchiveBatch(ctx, t.Part, func(a pgschema.ArchiveEntry) error {
			if a.SQL = besideExtensions(a, installed); a.SQL == "" {
				return nil
			}
			return g.add(ctx, a)
		}); err != nil {
			return workflow.Result{}, err
		}
		return workflow.Result{}, g.flush(ctx)
	})
}

// entryGroup gathers entries for one round trip.
type entryGroup struct {
	conn    *pgx.Conn
	bound   int // bytes
	text    strings.Builder
	entries int
	last    pgschema.ArchiveEntry
}

func (g *entryGroup) add(ctx context.Context, a pgschema.ArchiveEntry) error {
	if g.entries == 0 || len(g.last.Session)+len(a.Session) > 0 || g.last.Tablespace != a.Tablespace {
		g.text.WriteString(sessionOf(a))
	}
	g.text.WriteString(a.SQL)
	g.text.WriteString("\n")
	g.entries, g.last = g.entries+1, a
	if g.text.Len() >= g.bound {
		return g.flush(ctx)
	}
	return nil
}

func (g *entryGroup) flush(ctx context.Context) error {
	err := execScript(ctx, g.conn, g.text.String())
	if err != nil && g.entries == 1 {
		err = entryError(g.last, err)
	}
	g.text.Reset()
	g.entries = 0
	return err
}

// restoreEntry does one entry of the archive in one transaction: triggers, rules, policies, publications, comments, ...
// Refreshes are the same work under a name of their own, since people wait for them.
type restoreEntry struct{ base }

func newRestorePostData(e *Env) *restoreEntry {
	return &restoreEntry{base{env: e, name: "restore-post-data", kind: "schema after data", pool: "restore",
		tasks: []planning{planned(sql.CatalogPlanArchiveTasks, "restore-post-data", "restore")},
		needs: []planning{planned(sql.CatalogPlanArchiveNeeds, "restore-post-data"), planned(sql.CatalogPlanLooseEntryNeeds, tablesComplete),
			planned(sql.CatalogPlanRowSecurityNeeds), planned(sql.CatalogPlanLastEntries, schemaComplete),
			planned(sql.CatalogPlanNeedsMilestone, "restore-post-data", schemaCreated)}}}
}

func newRefreshMaterializedView(e *Env) *restoreEntry {
	return &restoreEntry{base{env: e, name: "refresh-materialized-view", kind: "materialized views", pool: "restore",
		tasks: []planning{planned(sql.CatalogPlanArchiveTasks, "refresh-materialized-view", "restore")},
		needs: []planning{planned(sql.CatalogPlanArchiveNeeds, "refresh-materialized-view"),
			planned(sql.CatalogPlanViewsMilestone, viewsReady), planned(sql.CatalogPlanNeedsMilestone, "refresh-materialized-view", viewsReady)}}}
}

func (s *restoreEntry) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	a, err := s.env.Catalog.ArchiveEntry(ctx, t.OID)
	if err != nil {
		return workflow.Result{}, err
	}
	res, err := s.env.once(ctx, t, wroteEntry(a), func(ctx context.Context, conn *pgx.Conn) (workflow.Result, error) {
		return workflow.Result{}, execEntry(ctx, conn, a)
	})
	if a.IsRefresh() && isCode(err, notPopulated) {
		others, e := s.env.Catalog.UnfinishedBeside(ctx, t)
		if e == nil && others > 0 {
			err = errors.Join(err, errOtherViews)
		}
	}
	return res, err
}

// notPopulated (object_not_in_prerequisite_state) is what a materialized view meets that reads another one in a function, of which the archive does not know.
const notPopulated = "55000"

// errOtherViews puts a refresh back as long as there are others that it may have to come behind.
var errOtherViews = errors.New("other materialized views are still to be refreshed")
