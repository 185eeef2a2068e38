package truth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// LoadRoles prepares a server for the kitchen sink: its roles, its tablespace and, when the server's share directory is
// on this machine and writable, the files of the test extension. It must run on the source and on the target server
// (any database of it) and may run any number of times. It needs a superuser and the database postgres in UTF-8: names
// of roles are stored as the bytes of the database they were made in, and every other one reads them as its own.
func LoadRoles(ctx context.Context, uri string) error {
	c, err := loader(ctx, uri, "postgres", "UTF8")
	if err != nil {
		return fmt.Errorf("load roles: %w", err)
	}
	defer c.Close(ctx)
	if err := run(ctx, c, "roles.sql"); err != nil {
		return err
	}
	if err := makeTablespace(ctx, c); err != nil {
		return fmt.Errorf("load roles: tablespace: %w", err)
	}
	if _, err := extensionReady(ctx, c); err != nil {
		return fmt.Errorf("load roles: test extension: %w", err)
	}
	return nil
}

// LoadKitchenSink fills an empty UTF-8 database with the kitchen sink: one file of testdata/kitchen-sink after the
// other, each as one transaction, some 110 MB in all. It calls [LoadRoles] first. Files called ..._from_15.sql are for
// servers of that major and newer. The part about the test extension is left out where the extension cannot be
// installed. It needs a superuser of a server of version 13 or newer.
func LoadKitchenSink(ctx context.Context, uri string) error {
	return loadFiles(ctx, uri, ".", func(string) bool { return true })
}

// LoadSmallKitchenSink is [LoadKitchenSink] without the big tables: some 25 MB, for tests that copy it many times.
func LoadSmallKitchenSink(ctx context.Context, uri string) error {
	return loadFiles(ctx, uri, ".", func(file string) bool { return !strings.HasSuffix(file, "_big.sql") })
}

// LoadOld fills an empty UTF-8 database with what servers before 13 had, of version 10 and newer. It calls [LoadRoles] first.
func LoadOld(ctx context.Context, uri string) error {
	return loadFiles(ctx, uri, "old", func(string) bool { return true })
}

// loadFiles sends the files of a folder of the kitchen sink.
func loadFiles(ctx context.Context, uri, folder string, wanted func(file string) bool) error {
	if err := LoadRoles(ctx, uri); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(Dir(), folder, "[0-9]*.sql"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("load kitchen sink: no files in %s: %w", Dir(), err)
	}
	c, err := loader(ctx, uri, "", "UTF8")
	if err != nil {
		return fmt.Errorf("load kitchen sink: %w", err)
	}
	defer c.Close(ctx)
	withExtension, err := extensionReady(ctx, c)
	if err != nil {
		return fmt.Errorf("load kitchen sink: test extension: %w", err)
	}
	major, err := majorVersion(ctx, c)
	if err != nil {
		return fmt.Errorf("load kitchen sink: %w", err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		if strings.Contains(name, "test_extension") && !withExtension || !wanted(name) || firstMajor(name) > major {
			continue
		}
		if err := run(ctx, c, filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}

func majorVersion(ctx context.Context, c *pgconn.PgConn) (int, error) {
	n, err := value(ctx, c, `SELECT pg_catalog.current_setting('server_version_num')::int / 10000`)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(n)
}

var fromMajor = regexp.MustCompile(`_from_(\d+)\.sql$`)

// firstMajor is the oldest major version that understands a file, 0 when each one that the kitchen sink is for does.
func firstMajor(file string) int {
	m := fromMajor.FindStringSubmatch(file)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// LoadLatin1 fills an empty database of encoding LATIN1 (CREATE DATABASE … ENCODING 'LATIN1' LOCALE 'C' TEMPLATE
// template0) with accented names and values. It calls [LoadRoles] first.
func LoadLatin1(ctx context.Context, uri string) error {
	return loadOne(ctx, uri, "latin1.sql", "UTF8")
}

// LoadSQLASCII fills an empty database of encoding SQL_ASCII (LOCALE 'C') with bytes that are text in no single
// encoding. It calls [LoadRoles] first.
func LoadSQLASCII(ctx context.Context, uri string) error {
	return loadOne(ctx, uri, "sqlascii.sql", "SQL_ASCII")
}

func loadOne(ctx context.Context, uri, file, encoding string) error {
	if err := LoadRoles(ctx, uri); err != nil {
		return err
	}
	c, err := loader(ctx, uri, "", encoding)
	if err != nil {
		return fmt.Errorf("load %s: %w", file, err)
	}
	defer c.Close(ctx)
	return run(ctx, c, file)
}

// Unload drops what keeps a database from being dropped: its subscriptions. They have no slot to be dropped elsewhere.
func Unload(ctx context.Context, uri string) error {
	c, err := connect(ctx, uri)
	if err != nil {
		return fmt.Errorf("unload: %w", err)
	}
	defer c.Close(ctx)
	var names []string
	err = each(ctx, c, `SELECT pg_catalog.quote_ident(subname) FROM pg_catalog.pg_subscription s
		JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database()`,
		func(_ []string, row [][]byte) error {
			names = append(names, string(row[0]))
			return nil
		})
	if err != nil {
		return fmt.Errorf("unload: %w", err)
	}
	for _, n := range names {
		// DROP SUBSCRIPTION without a slot may run anywhere, but not two of them in one message.
		if _, err := c.Exec(ctx, "DROP SUBSCRIPTION "+n).ReadAll(); err != nil {
			return fmt.Errorf("unload: %w", err)
		}
	}
	return nil
}

// Dir is the folder of the kitchen sink's files.
func Dir() string {
	_, self, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(self), "..", "..", "testdata", "kitchen-sink")
}

// InstallTestExtension copies the files of the test extension into a server's share directory (the output of
// pg_config --sharedir). Files that are there already with the same content are left alone.
func InstallTestExtension(sharedir string) error {
	files, err := filepath.Glob(filepath.Join(Dir(), "extension", "*"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("install test extension: no files in %s: %w", Dir(), err)
	}
	for _, f := range files {
		want, err := os.ReadFile(f)
		if err != nil {
			return fmt.Errorf("install test extension: %w", err)
		}
		to := filepath.Join(sharedir, "extension", filepath.Base(f))
		if have, err := os.ReadFile(to); err == nil && bytes.Equal(have, want) {
			continue
		}
		// Renamed into place: tests of other packages may be reading it.
		tmp := fmt.Sprintf("%s.%d", to, os.Getpid())
		if err := os.WriteFile(tmp, want, 0o644); err != nil {
			return fmt.Errorf("install test extension: %w", err)
		}
		if err := os.Rename(tmp, to); err != nil {
			return errors.Join(fmt.Errorf("install test extension: %w", err), os.Remove(tmp))
		}
	}
	return nil
}

// extensionReady installs the test extension if it can and says whether the server offers it.
func extensionReady(ctx context.Context, c *pgconn.PgConn) (bool, error) {
	// An older server reads the files of all extensions to answer, and fails for those of the future that some builds of it bring along.
	if major, err := majorVersion(ctx, c); err != nil || major < 13 {
		return false, err
	}
	sharedir, err := value(ctx, c, `SELECT setting FROM pg_catalog.pg_config WHERE name = 'SHAREDIR'`)
	if err != nil {
		return false, err
	}
	if err := InstallTestExtension(sharedir); err != nil && !errors.Is(err, os.ErrPermission) && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	n, err := value(ctx, c, `SELECT count(*) FROM pg_catalog.pg_available_extensions WHERE name = 'pgcopy_test'`)
	return n != "0", err
}

// makeTablespace creates the tablespace ks_space inside the data directory, which servers of version 10 (of the
// fixes of 2022) and newer allow for tests. CREATE TABLESPACE must be a message of its own.
func makeTablespace(ctx context.Context, c *pgconn.PgConn) error {
	n, err := value(ctx, c, `SELECT count(*) FROM pg_catalog.pg_tablespace WHERE spcname = 'ks_space'`)
	if err != nil || n != "0" {
		return err
	}
	if _, err := c.Exec(ctx, `SET allow_in_place_tablespaces = on`).ReadAll(); err != nil {
		return err
	}
	_, err = c.Exec(ctx, `CREATE TABLESPACE ks_space LOCATION ''`).ReadAll()
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && (pgErr.Code == "42710" || pgErr.Code == "23505") {
		return nil // somebody else was faster
	}
	return err
}

// loader opens a session for scripts, in the database of the URI or in the named one.
func loader(ctx context.Context, uri, database, encoding string, settings ...map[string]string) (*pgconn.PgConn, error) {
	cfg, err := pgconn.ParseConfig(uri)
	if err != nil {
		return nil, err
	}
	if database != "" {
		cfg.Database = database
	}
	cfg.RuntimeParams["client_encoding"] = encoding
	cfg.RuntimeParams["client_min_messages"] = "error"
	cfg.RuntimeParams["standard_conforming_strings"] = "on"
	for _, m := range settings {
		maps.Copy(cfg.RuntimeParams, m)
	}
	return pgconn.ConnectConfig(ctx, cfg)
}

// run sends one file as one message, which makes it one transaction.
func run(ctx context.Context, c *pgconn.PgConn, file string) error {
	script, err := os.ReadFile(filepath.Join(Dir(), file))
	if err != nil {
		return fmt.Errorf("load %s: %w", file, err)
	}
	if _, err := c.Exec(ctx, string(script)).ReadAll(); err != nil {
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) && pgErr.Position > 0 {
			before := []rune(string(script))[:pgErr.Position-1]
			return fmt.Errorf("load %s line %d: %w", file, 1+strings.Count(string(before), "\n"), err)
		}
		return fmt.Errorf("load %s: %w", file, err)
	}
	return nil
}
