package steps

import (
	"context"
	"time"

	"github.com/pgcopy/pgcopy/pgdb"
)

// PingReply is what one of the two servers answered.
type PingReply struct {
	Side   string // source or target
	Where  string // the connection string, without its password
	Server *pgdb.ServerInfo
	Took   time.Duration // to connect and to ask
	Err    error         // why there is no answer; Server is nil then
}

// Ping logs in to each server that the options name and asks who it is. Every side gets its reply, whatever became of the other. Nothing is
// made or changed anywhere.
func Ping(ctx context.Context, o Options, yield func(PingReply) error) error {
	for _, side := range []struct{ name, conninfo string }{{"source", o.Source}, {"target", o.Target}} {
		if side.conninfo == "" {
			continue
		}
		if err := yield(ping(ctx, side.name, side.conninfo)); err != nil {
			return err
		}
	}
	return nil
}

func ping(ctx context.Context, side, conninfo string) PingReply {
	r := PingReply{Side: side}
	c, err := pgdb.ParseConninfo("--"+side, conninfo)
	if err != nil {
		r.Err = err
		return r
	}
	r.Where = c.Redacted()
	session := pgdb.SourceSession()
	if side == "target" {
		session = pgdb.TargetSession()
	}
	began := time.Now()
	conn, err := c.Connect(ctx, session.As("ping"))
	if err != nil {
		r.Err = err
		return r
	}
	defer closeNow(conn)
	r.Server, r.Err = pgdb.ReadServerInfo(ctx, conn)
	r.Took = time.Since(began)
	return r
}
