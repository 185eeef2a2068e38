package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

func TestPing(t *testing.T) {
	old, new := pgtest.Pair(t)
	status, stdout, stderr := pgcopy(t, "ping", "-S", old.URI("postgres"), "-T", new.URI("postgres"))
	if status != ExitDone || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[2], "source  yes") || !strings.HasPrefix(lines[3], "target  yes") || !strings.Contains(lines[3], "superuser") {
		t.Errorf("said\n%s", stdout)
	}

	// One server is enough, and what programs read has the answer.
	var replies []pingJSON
	status, stdout, stderr = pgcopy(t, "ping", "-T", new.URI("postgres"), "--json")
	if err := json.Unmarshal([]byte(stdout), &replies); err != nil || status != ExitDone || stderr != "" {
		t.Fatalf("status %d, %v, %s", status, err, stderr)
	}
	if len(replies) != 1 || !replies[0].Answers || replies[0].Side != "target" || replies[0].Database != "postgres" || replies[0].VersionNum < 90600 {
		t.Errorf("%+v", replies)
	}

	// A database that is not there, beside a server that answers.
	status, stdout, stderr = pgcopy(t, "ping", "-S", old.URI("nowhere"), "-T", new.URI("postgres"), "--json")
	if err := json.Unmarshal([]byte(stdout), &replies); err != nil || status != ExitFailed {
		t.Fatalf("status %d, %v, %s", status, err, stdout)
	}
	if replies[0].Answers || !strings.Contains(replies[0].Error, `database "nowhere" does not exist`) || replies[0].Hint == "" || !replies[1].Answers {
		t.Errorf("%+v", replies)
	}
	if !strings.HasPrefix(stderr, `pgcopy: --source: database "nowhere" does not exist`) || strings.Count(stderr, "\n") != 2 {
		t.Errorf("said %s", stderr)
	}
}

// Both servers are asked even when the first does not answer, both are told of, and no password is.
func TestPingNobody(t *testing.T) {
	status, stdout, stderr := pgcopy(t, "ping", "-S", "postgresql://app:geheim@127.0.0.1:1/a", "-T", "postgresql://app:geheim@127.0.0.1:1/b")
	if status != ExitFailed || !strings.Contains(stdout, "source  no") || !strings.Contains(stdout, "target  no") {
		t.Errorf("status %d\n%s", status, stdout)
	}
	if !strings.Contains(stderr, "pgcopy: --source: nothing listens on 127.0.0.1:1") || !strings.Contains(stderr, "pgcopy: --target: nothing listens on 127.0.0.1:1") ||
		strings.Count(stderr, "hint: ") != 2 || strings.Contains(stdout+stderr, "geheim") {
		t.Errorf("said %s", stderr)
	}
	if status, _, stderr := pgcopy(t, "ping"); status != ExitUsage || !strings.HasPrefix(stderr, "pgcopy: give --source") {
		t.Errorf("without a server: status %d, %s", status, stderr)
	}
}
