package pgdb

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// settle ends the statement of this end because the other one has failed.
func (e *relayEnd) settle(delay time.Duration) {
	e.settleOnce.Do(func() { e.pressing.Go(func() { e.press(delay, settleGrace) }) })
}

// abandon ends it because the caller wants to leave.
func (e *relayEnd) abandon() {
	e.abandonOnce.Do(func() { e.pressing.Go(func() { e.press(0, cancelGrace) }) })
}

// press asks the server to cancel, twice, since a request that arrives before the
// statement has begun is lost; then it takes away the connection.
func (e *relayEnd) press(delay, grace time.Duration) {
	ctx, stop := context.WithTimeout(context.Background(), grace)
	defer stop()
	for _, wait := range []time.Duration{delay, 300 * time.Millisecond} {
		if e.finished() {
			return
		}
		select {
		case <-e.done:
			return
		case <-ctx.Done():
		case <-time.After(wait):
			e.requestCancel(ctx)
		}
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		e.interrupt()
	}
}

// requestCancel sends one cancel request and waits until it was handed on. When
// the statement ends meanwhile the request is not waited for much longer; as it
// may then hit a later statement, the connection is given up.
func (e *relayEnd) requestCancel(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, cancelGrace)
	defer stop()
	e.canceled.Store(true)
	e.pressing.Go(func() {
		select {
		case <-e.done:
			select {
			case <-time.After(200 * time.Millisecond):
				stop()
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
	})
	if err := e.pg.CancelRequest(ctx); err != nil {
		e.stray.Store(true)
	}
}

// interrupt makes reads and writes that block return.
func (e *relayEnd) interrupt() { _ = e.conn.SetDeadline(aLongTimeAgo) }

// aLongTimeAgo is a deadline that has passed.
var aLongTimeAgo = time.Unix(1, 0)

// leave hands the connection back, or closes it.
func (e *relayEnd) leave() {
	e.pressing.Wait()
	healthy := e.ready && e.sendErr == nil && !e.stray.Load()
	if healthy && e.canceled.Load() {
		healthy = e.absorb()
	}
	ctx, stop := context.WithTimeout(context.Background(), cancelGrace)
	defer stop()
	if !healthy {
		stop()
		_ = e.conn.Close()
		_ = e.pg.Close(ctx)
		return
	}
	_ = e.conn.SetDeadline(time.Time{})
	if e.status != e.pg.TxStatus() {
		// pgconn learns that the transaction failed; if the server went away
		// meanwhile it closes the connection.
		_ = e.pg.Ping(ctx)
	}
}

// absorb waits for the echo of a cancel request that came too late, so that it
// does not pass for the answer to the next statement.
func (e *relayEnd) absorb() bool {
	_ = e.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	var seen []byte
	buf := make([]byte, 4<<10)
	for len(seen) < maxControl {
		n, err := e.conn.Read(buf)
		seen = append(seen, buf[:n]...)
		if err == nil {
			continue
		}
		return errors.Is(err, os.ErrDeadlineExceeded) && e.strange(seen) == nil
	}
	return false
}

// strange says what is wrong with what came after ReadyForQuery. Nothing is, when these are asynchronous messages, or the error of a cancel
// request that arrived when the statement was just over, which has a ReadyForQuery of its own. The last word of a session that was ended is
// the error it is.
func (e *relayEnd) strange(raw []byte) error {
	var last *pgconn.PgError
	for len(raw) > 0 {
		_, nr, f, ok, err := e.walker.feed(raw, raw)
		raw = raw[nr:]
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch f.typ {
		case 'N', 'S', 'A':
		case 'E':
			if last, err = e.parseError(f.body); err != nil {
				return err
			}
		case 'Z':
			last = nil
		default:
			return protocolErrorf("the server went on after it was ready")
		}
	}
	switch {
	case last != nil && isFatal(last):
		return last
	case last != nil, !e.walker.atRest():
		return protocolErrorf("the server went on after it was ready")
	}
	return nil
}
