package pgdb

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestSearchPathHint: what a function does not find has a remedy of its own; what a statement does not find keeps the server's hint.
func TestSearchPathHint(t *testing.T) {
	for _, c := range []struct {
		code, where, want string
	}{
		{"42P01", "PL/pgSQL function public.f2(integer) line 1 at RETURN", "search_path"},
		{"42883", `SQL function "f" during inlining`, "search_path"},
		{"42P01", "", "spell"},
		{"42P01", "COPY t, line 1", "spell"},
		{"23505", "PL/pgSQL function public.f2(integer) line 1 at SQL statement", "spell"},
	} {
		_, hint := Explain(fmt.Errorf("copy public.t: %w", &TargetError{&pgconn.PgError{Severity: "ERROR", Code: c.code, Where: c.where, Message: "m", Hint: "spell it right"}}))
		if !strings.Contains(hint, c.want) {
			t.Errorf("%s in %q: %q", c.code, c.where, hint)
		}
	}
}
