package pgdb

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

var tlsVersions = map[string]uint16{
	"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11,
	"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13,
}

// limitTLS applies ssl_min_protocol_version and ssl_max_protocol_version, which
// pgx does not know, to every way of reaching the server.
func limitTLS(config *pgconn.Config, minName, maxName string) error {
	minV, ok := tlsVersions[minName]
	if minName != "" && !ok {
		return fmt.Errorf("ssl_min_protocol_version must be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3")
	}
	maxV, ok := tlsVersions[maxName]
	if maxName != "" && !ok {
		return fmt.Errorf("ssl_max_protocol_version must be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3")
	}
	set := func(t *tls.Config) {
		if t != nil && minV != 0 {
			t.MinVersion = minV
		}
		if t != nil && maxV != 0 {
			t.MaxVersion = maxV
		}
	}
	set(config.TLSConfig)
	for _, f := range config.Fallbacks {
		set(f.TLSConfig)
	}
	return nil
}

// useHostaddr makes the connection go to the given addresses, one for each host,
// while the host names stay what certificates are checked against.
func (c *Conninfo) useHostaddr(list string) {
	if list == "" {
		return
	}
	addrs := strings.Split(list, ",")
	next := map[string]string{}
	hosts := []string{c.config.Host}
	for _, f := range c.config.Fallbacks {
		if f.Host != hosts[len(hosts)-1] {
			hosts = append(hosts, f.Host)
		}
	}
	for i, h := range hosts {
		if i < len(addrs) && addrs[i] != "" {
			next[h] = addrs[i]
		}
	}
	lookup := c.config.LookupFunc
	c.config.LookupFunc = func(ctx context.Context, host string) ([]string, error) {
		if a, ok := next[host]; ok {
			return []string{a}, nil
		}
		return lookup(ctx, host)
	}
}
