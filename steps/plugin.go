package steps

import (
	"fmt"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgschema"
)

// plugin gives the decoder of the slot's plugin and the options its stream is started with.
func (e *Env) plugin(r catalogdb.Replication) (changes.Decoder, []string, error) {
	switch r.Plugin {
	case "pgoutput":
		args := []string{"proto_version '1'", "publication_names " + pgschema.QuoteLiteral(pgschema.QuoteIdent(r.Publication))}
		if e.SourceInfo.Major() >= 14 { // large transactions are sent while they go on, instead of being spilled on the source's disk
			args = []string{"proto_version '2'", "streaming 'on'", args[1]}
		}
		return changes.NewPgoutput(), args, nil
	}
	return nil, nil, fmt.Errorf("no plugin %q", r.Plugin)
}
