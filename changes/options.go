package changes

import "strings"

// StreamOptions is what the start of a stream depends on, besides its plugin.
type StreamOptions struct {
	Major           int    // the source's version
	Publication     string // pgoutput
	Binary          bool   // pgoutput, 14 and newer: values in binary form where the type has one
	NumericAsString bool   // wal2json: ask for numeric-data-types-as-string, which servers with less than 2.6 refuse (22023)
}

// PluginOptions gives the options of START_REPLICATION for a plugin, so that its stream is what this package's decoder of it understands.
// Each is a name and a literal; a name with a dash needs quotes (repl_gram.y). It is nil for a plugin that is not known.
//
// pgoutput sends large transactions while they go on, from 14 on, instead of spilling them on the source's disk.
//
// wal2json is asked for the OIDs of types and not for their names: the OID is what it decides by how to write a value, and a name that needs
// quotes breaks the JSON ({"type":"we""ird"} comes for the type we"ird).
func PluginOptions(plugin string, o StreamOptions) []string {
	switch plugin {
	case "pgoutput":
		options := []string{"proto_version '1'", "publication_names " + literal(`"`+strings.ReplaceAll(o.Publication, `"`, `""`)+`"`)}
		if o.Major >= 14 {
			options[0] = "proto_version '2'"
			options = append(options, "streaming 'on'")
			if o.Binary {
				options = append(options, "binary 'true'")
			}
		}
		return options
	case "test_decoding":
		return []string{`"include-xids" 'on'`, `"include-timestamp" 'on'`, `"skip-empty-xacts" 'on'`}
	case "wal2json":
		options := []string{`"format-version" '2'`, `"include-transaction" 'on'`, `"include-xids" 'on'`, `"include-timestamp" 'on'`,
			`"include-lsn" 'on'`, `"include-schemas" 'on'`, `"include-types" 'off'`, `"include-type-oids" 'on'`}
		if o.NumericAsString {
			options = append(options, `"numeric-data-types-as-string" 'on'`)
		}
		return options
	}
	return nil
}

// literal quotes a string for a replication command, whose grammar knows doubled quotes and no backslashes (repl_scanner.l).
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
