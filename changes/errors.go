package changes

import (
	"fmt"

	"github.com/pgcopy/pgcopy/pgschema"
)

// CannotCarry says that a plugin has lost a value on its way, so that the change must not be applied. Who leaves the table out may go on
// with the next message.
type CannotCarry struct {
	Table  pgschema.Name
	Column string
	Kind   Kind // Insert, Update or Delete
	Why    string
	Hint   string
}

func (e *CannotCarry) Error() string {
	return fmt.Sprintf("%s column %s: %s", e.Table, pgschema.DisplayIdent(e.Column), e.Why)
}

// NoIdentity says that an update or a delete does not tell which row it is about: when it was made, the table had no replica identity.
// Who leaves the table out may go on with the next message.
type NoIdentity struct {
	Table pgschema.Name
	Kind  Kind // Update or Delete
	Hint  string
}

func (e *NoIdentity) Error() string {
	what := "an update"
	if e.Kind == Delete {
		what = "a delete"
	}
	return fmt.Sprintf("%s: %s that does not say which row it is about: the table has no replica identity", e.Table, what)
}

func noIdentity(table pgschema.Name, kind Kind) error {
	return &NoIdentity{Table: table, Kind: kind, Hint: "on the source: ALTER TABLE " + table.Quoted() +
		" REPLICA IDENTITY FULL; what was changed before cannot be followed: start over with --restart"}
}
