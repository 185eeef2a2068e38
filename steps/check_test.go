package steps

import (
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/pgdb"
)

// Pairs of servers that cannot end well are refused before anything is made; internal/e2e meets those that are installed.
func TestCheckServers(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	server := func(change func(*pgdb.ServerInfo)) *pgdb.ServerInfo {
		s := &pgdb.ServerInfo{SystemIdentifier: "1", DatabaseOID: 5, Database: "shop", Version: "15.4", VersionNum: 150004, PostmasterStart: began}
		change(s)
		return s
	}
	elsewhere := func(s *pgdb.ServerInfo) { s.SystemIdentifier, s.PostmasterStart = "2", began.Add(time.Hour) }
	for name, c := range map[string]struct {
		source, target func(*pgdb.ServerInfo)
		says           string // "" when they are fine
	}{
		"two servers":            {func(*pgdb.ServerInfo) {}, elsewhere, ""},
		"a newer target":         {func(*pgdb.ServerInfo) {}, func(s *pgdb.ServerInfo) { elsewhere(s); s.VersionNum, s.Version = 180000, "18.0" }, ""},
		"an old source":          {func(s *pgdb.ServerInfo) { s.VersionNum, s.Version = 90624, "9.6.24" }, elsewhere, ""},
		"two databases of one":   {func(*pgdb.ServerInfo) {}, func(s *pgdb.ServerInfo) { s.DatabaseOID, s.Database = 6, "copy" }, ""},
		"the same":               {func(*pgdb.ServerInfo) {}, func(s *pgdb.ServerInfo) { s.Address = "::1" }, "the same database (shop)"},
		"the same, half unknown": {func(*pgdb.ServerInfo) {}, func(s *pgdb.ServerInfo) { s.SystemIdentifier = "" }, "the same database (shop)"},
		"the same, unknown":      {func(s *pgdb.ServerInfo) { s.SystemIdentifier = "" }, func(s *pgdb.ServerInfo) { s.SystemIdentifier = "" }, "the same database (shop)"},
		"not the same, unknown":  {func(s *pgdb.ServerInfo) { s.SystemIdentifier = "" }, func(s *pgdb.ServerInfo) { elsewhere(s); s.SystemIdentifier = "" }, ""},
		"a standby":              {func(*pgdb.ServerInfo) {}, func(s *pgdb.ServerInfo) { elsewhere(s); s.InRecovery = true }, "the target is a standby"},
		"an older target":        {func(*pgdb.ServerInfo) {}, func(s *pgdb.ServerInfo) { elsewhere(s); s.VersionNum, s.Version = 140009, "14.9" }, "PostgreSQL 14, older than the source's 15"},
		"a target that is too old": {func(s *pgdb.ServerInfo) { s.VersionNum = 100000 }, func(s *pgdb.ServerInfo) { elsewhere(s); s.VersionNum, s.Version = 120017, "12.17" },
			"PostgreSQL 12.17; pgcopy writes to version 13 and newer"},
	} {
		e := &Env{SourceInfo: server(c.source), TargetInfo: server(c.target)}
		err := e.checkServers()
		if c.says == "" && err == nil {
			continue
		}
		message, hint := pgdb.Explain(err)
		if c.says == "" || !strings.Contains(message, c.says) || hint == "" {
			t.Errorf("%s: %q, hint %q, want %q", name, message, hint, c.says)
		}
	}
}
