package steps

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgdb"
)

// Who has lost the directory is told what to remove, on which side.
func TestCleanupWithoutADirectory(t *testing.T) {
	err := Cleanup(t.Context(), Options{Dir: filepath.Join(t.TempDir(), "lost"), SlotName: "moving"})
	var user *pgdb.UserError
	if !errors.As(err, &user) {
		t.Fatal(err)
	}
	for _, want := range []string{"on the source SELECT pg_drop_replication_slot('moving') and DROP PUBLICATION IF EXISTS \"moving\"",
		"on the target SELECT pg_replication_origin_drop('pgcopy')"} {
		if !strings.Contains(user.Hint, want) {
			t.Errorf("the hint does not say %q: %s", want, user.Hint)
		}
	}
}
