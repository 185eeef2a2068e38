package pgdb

import (
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

func encoded(t *testing.T, m pgproto3.BackendMessage) []byte {
	t.Helper()
	raw, err := m.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// What stands behind ReadyForQuery in what was read is of no harm, or the end of the connection.
func TestRelayEndBehindReadyForQuery(t *testing.T) {
	ready := encoded(t, &pgproto3.ReadyForQuery{TxStatus: 'I'})
	canceled := encoded(t, &pgproto3.ErrorResponse{Severity: "ERROR", Code: "57014", Message: "canceling statement due to user request"})
	fatal := encoded(t, &pgproto3.ErrorResponse{Severity: "FATAL", Code: "57P01", Message: "terminating connection due to administrator command"})
	rows := encoded(t, &pgproto3.DataRow{Values: [][]byte{{'1'}}})
	for _, c := range []struct {
		name   string
		behind []byte
		want   string // of the error
	}{
		{"nothing", nil, ""},
		{"a cancel request that came late", append(canceled, ready...), ""},
		{"an asynchronous message", encoded(t, &pgproto3.ParameterStatus{Name: "TimeZone", Value: "UTC"}), ""},
		{"the last word of a session", fatal, "terminating connection due to administrator command (SQLSTATE 57P01)"},
		{"the same behind a late cancel request", append(append(canceled, ready...), fatal...),
			"terminating connection due to administrator command (SQLSTATE 57P01)"},
		{"a cancel request that came late, cut short", canceled, "protocol: the server went on after it was ready"},
		{"an answer to nothing", rows, "protocol: the server went on after it was ready"},
		{"half a message", fatal[:9], "protocol: the server went on after it was ready"},
		{"no message", []byte("!!!!!!!!"), "protocol: message of type '!' and length 555819297"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, client := net.Pipe()
			go func() {
				_, _ = server.Write(append(append([]byte{}, ready...), c.behind...))
				_ = server.Close()
			}()
			e := &relayEnd{side: Target, pg: &pgconn.PgConn{}, conn: client}
			err := e.read(fixedSpace(make([]byte, 4096)), func(frame) error { return nil })
			got := ""
			if err != nil {
				got = (&TargetError{err}).Error()
			}
			want := c.want
			if want != "" {
				want = "write target: " + want
			}
			if got != want || e.ready != (want == "") {
				t.Errorf("ready %v, got %q, want %q", e.ready, got, want)
			}
			if err != nil && ClassOf(&TargetError{err}) != Transient {
				t.Errorf("%v: %v", ClassOf(&TargetError{err}), err)
			}
		})
	}
}
