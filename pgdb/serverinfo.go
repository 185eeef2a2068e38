package pgdb

import (
	"context"
	_ "embed"
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
)

// ServerInfo is what a server says about itself and the session's database.
type ServerInfo struct {
	VersionNum int    // 150018 is 15.18
	Version    string // as the server words it, "15.18 (Debian 15.18-0+deb12u1)"

	// SystemIdentifier is the number that initdb gave the cluster, in decimal. A
	// physical standby has its primary's. Empty where the role may not ask.
	SystemIdentifier string

	DatabaseOID     uint32
	Database        string
	Encoding        string // of the database: "UTF8", "LATIN1", "SQL_ASCII"
	Collate, Ctype  string
	Order           string // of strings: the collation's provider (c, i, b) and locale, "c:C.UTF-8"
	InRecovery      bool   // a standby: cannot be written to
	PostmasterStart time.Time

	User      string // the role that logged in
	Role      string // whose privileges count: User, unless ALTER ROLE ... SET role or the like makes it another
	Superuser bool   // Role is one

	BlockSize              int // bytes
	MaxLocksPerTransaction int
	MaxConnections         int
	MaxPrepared            int // max_prepared_transactions

	// Address and Port are where the server itself sees this connection arrive;
	// empty and 0 over a Unix socket.
	Address string
	Port    int
}

// Major is the major version: 15 for 15.18.
func (i *ServerInfo) Major() int { return i.VersionNum / 10000 }

// LocksForSure is how many entries the server's lock table has at least (runtime-config-locks): some more fit, as other processes count as well
// and shared memory has slack.
func (i *ServerInfo) LocksForSure() int {
	return i.MaxLocksPerTransaction * (i.MaxConnections + i.MaxPrepared)
}

// Acting names the role whose privileges count, for messages about what it may not do.
func (i *ServerInfo) Acting() string {
	if i.Role == i.User || i.Role == "" {
		return "role " + i.User
	}
	return fmt.Sprintf("role %s (as which %s, who logs in, acts by ALTER ROLE ... SET role or the like)", i.Role, i.User)
}

// SameMachine tells whether the server sees the connection come from its own machine, or from a tunnel that ends there.
func (i *ServerInfo) SameMachine() bool {
	ip, err := netip.ParseAddr(i.Address)
	return i.Address == "" || err == nil && ip.IsLoopback()
}

//go:embed server_info.sql
var serverInfoSQL string

//go:embed system_identifier.sql
var systemIdentifierSQL string

// ReadServerInfo asks a server about itself. Do not call it inside a transaction
// that has to live: on a server that hides its control data it may fail it.
func ReadServerInfo(ctx context.Context, conn *pgx.Conn) (*ServerInfo, error) {
	var i ServerInfo
	var oid int64
	var maySeeControl bool
	err := conn.QueryRow(ctx, serverInfoSQL).Scan(&i.VersionNum, &i.Version, &oid, &i.Database, &i.Encoding,
		&i.Collate, &i.Ctype, &i.Order, &i.InRecovery, &i.PostmasterStart, &i.User, &i.Role, &i.Superuser, &i.BlockSize,
		&i.MaxLocksPerTransaction, &i.MaxConnections, &i.MaxPrepared, &i.Address, &i.Port, &maySeeControl)
	if err != nil {
		return nil, fmt.Errorf("read server information: %w", err)
	}
	i.DatabaseOID = uint32(oid)
	if !maySeeControl {
		return &i, nil
	}
	err = conn.QueryRow(ctx, systemIdentifierSQL).Scan(&i.SystemIdentifier)
	if err != nil && ClassOf(err) != Permanent {
		return nil, fmt.Errorf("read system identifier: %w", err)
	}
	return &i, nil
}
