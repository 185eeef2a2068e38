package pgschema

// Database is one database of a server, as pg_database has it
// (https://www.postgresql.org/docs/current/catalog-pg-database.html).
type Database struct {
	OID             uint32 `json:"oid"`
	Name            string `json:"name"`
	Owner           string `json:"owner"`
	Bytes           int64  `json:"bytes"` // -1 when the role may not ask
	Encoding        string `json:"encoding"`
	Provider        string `json:"provider"` // c (libc), i (ICU) or b (builtin)
	Collate         string `json:"collate"`
	Ctype           string `json:"ctype"`
	Locale          string `json:"locale"` // of ICU and builtin, "" otherwise
	ICURules        string `json:"icu_rules"`
	Tablespace      string `json:"tablespace"`
	ConnectionLimit int    `json:"connection_limit"` // -1: none
}
