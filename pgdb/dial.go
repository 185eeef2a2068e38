package pgdb

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// dialSettings say how a dead peer is noticed, in the terms of libpq's keywords.
type dialSettings struct {
	timeout     time.Duration // of one connection attempt, 0 is none
	keepalive   net.KeepAliveConfig
	userTimeout time.Duration // unanswered data is waited for this long, 0 is the kernel's default
}

// The defaults notice a dead peer in 40 s on an idle connection and in about a
// minute with data in flight. libpq's own defaults, those of the kernel, are two
// hours and fifteen minutes.
const (
	keepaliveIdle      = 10 * time.Second
	keepaliveInterval  = 10 * time.Second
	keepaliveCount     = 3
	defaultUserTimeout = 60 * time.Second
)

// readDialSettings takes libpq's keepalive keywords. As in libpq, 0 means the
// system's default, and keepalives=0 none at all.
func readDialSettings(take func(key string) string) (dialSettings, error) {
	d := dialSettings{
		keepalive:   net.KeepAliveConfig{Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveCount},
		userTimeout: defaultUserTimeout,
	}
	number := func(key string, set func(n int)) error {
		v := take(key)
		if v == "" {
			return nil
		}
		n, err := strconv.Atoi(v)
		if err != nil {
			return fmt.Errorf("%s must be a number", key)
		}
		set(n)
		return nil
	}
	// A negative value leaves the option as the operating system has it (net.KeepAliveConfig).
	system := func(n int) int {
		if n <= 0 {
			return -1
		}
		return n
	}
	seconds := func(n int) time.Duration {
		if n <= 0 {
			return -1
		}
		return time.Duration(n) * time.Second
	}
	for _, o := range []struct {
		key string
		set func(n int)
	}{
		{"keepalives", func(n int) { d.keepalive.Enable = n != 0 }},
		{"keepalives_idle", func(n int) { d.keepalive.Idle = seconds(n) }},
		{"keepalives_interval", func(n int) { d.keepalive.Interval = seconds(n) }},
		{"keepalives_count", func(n int) { d.keepalive.Count = system(n) }},
		{"tcp_user_timeout", func(n int) { d.userTimeout = time.Duration(max(n, 0)) * time.Millisecond }},
	} {
		if err := number(o.key, o.set); err != nil {
			return d, err
		}
	}
	return d, nil
}

// dial is the DialFunc of every connection, cancel requests included.
func (d dialSettings) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: d.timeout, KeepAliveConfig: d.keepalive}
	if !d.keepalive.Enable {
		dialer.KeepAlive = -1
	}
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok && d.userTimeout > 0 {
		return guardPeer(tcp, d.userTimeout), nil
	}
	return conn, nil
}
