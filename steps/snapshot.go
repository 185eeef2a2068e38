package steps

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgsource"
)

// errSnapshotReleased says that something wanted to read the source after the last table had been copied.
var errSnapshotReleased = errors.New("the snapshot has been released")

// Snapshot is the one picture of the source that everything is read under.
type Snapshot struct {
	mu   sync.Mutex
	name string
	conn *pgx.Conn // the exporting transaction, when this process holds it
}

// exportSnapshot opens the transaction whose picture all source sessions share, and keeps it open.
func exportSnapshot(ctx context.Context, source *pgdb.Conninfo) (*Snapshot, error) {
	conn, err := source.Connect(ctx, pgdb.SourceSession().As("snapshot"))
	if err != nil {
		return nil, err
	}
	name, err := pgsource.ExportSnapshot(ctx, conn)
	if err != nil {
		closeNow(conn)
		return nil, err
	}
	return &Snapshot{name: name, conn: conn}, nil
}

// Name is what other sessions adopt.
func (s *Snapshot) Name() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.name == "" {
		return "", errSnapshotReleased
	}
	return s.name, nil
}

// Release lets the source vacuum again. It may be called twice.
func (s *Snapshot) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		closeNow(s.conn)
	}
	s.name, s.conn = "", nil
}

// closeNow ends a connection without waiting long for a server that does not answer.
func closeNow(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
