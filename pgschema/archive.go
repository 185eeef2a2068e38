package pgschema

import "strings"

// ArchiveEntry is one object of a schema dump: what the table of contents of a pg_dump archive says of it, and the SQL
// that pg_restore prints for it. The first part is known from the archive alone, the second only once the script of
// the archive has been read.
type ArchiveEntry struct {
	DumpID       int    // unique within the archive, from 1; another dump of the same database numbers anew
	CatalogOID   uint32 // the system catalog the object is a row of (1259 is pg_class); 0 for what is no object by itself
	OID          uint32 // the object's OID on the source, 0 where CatalogOID is (but see IsRefresh)
	Desc         string // what it is: TABLE, INDEX, FK CONSTRAINT, MATERIALIZED VIEW DATA ...
	Section      string // pre-data, data, post-data, none
	Schema       string // "" for objects that live in none
	Name         string // the archive's tag: "orders", "orders orders_pkey" for its constraint, "TABLE orders" for its comment
	Owner        string // not quoted; "" when the kind has no owner
	Tablespace   string // "" is the database's default, and also what objects without storage have
	AccessMethod string // table access method, "" where there is none
	RelKind      byte   // pg_class.relkind of a table-like entry, 0 when the archive is older than version 1.16 (pg_dump 17)
	Needs        []int  // dump ids that must exist first, each once; ids that are not in the archive occur and mean nothing
	HasData      bool   // rows follow in the archive, as for TABLE DATA

	Position int      // place in the script, from 1: the order in which pg_restore would run it; 0 when the script leaves it out
	Session  []string // SET statements the SQL depends on; each entry carries all it needs
	SQL      string   // statements to run on the target, "" when nothing is to be done
}

// OIDs of the system catalogs that entries are told apart by. They are fixed by pg_catalog's own headers
// (src/include/catalog/pg_*.h, the second argument of CATALOG) and the same in every version.
const (
	ClassCatalog       = 1259
	ConstraintCatalog  = 2606
	DescriptionCatalog = 2609
	ExtensionCatalog   = 3079
	InheritsCatalog    = 2611
	NamespaceCatalog   = 2615
	ProcCatalog        = 1255
	SecLabelCatalog    = 3596
	TypeCatalog        = 1247
)

// IsSetting tells the entries that describe the archive itself (ENCODING, STDSTRINGS, SEARCHPATH) from objects.
func (e *ArchiveEntry) IsSetting() bool {
	return e.Desc == "ENCODING" || e.Desc == "STDSTRINGS" || e.Desc == "SEARCHPATH"
}

// IsIndex: an index that backs no constraint. Its SQL starts with CREATE INDEX and may be followed by its riders.
func (e *ArchiveEntry) IsIndex() bool { return e.Desc == "INDEX" }

// IsIndexConstraint: a primary key, unique or exclusion constraint, which is an index too. OID is the constraint's.
func (e *ArchiveEntry) IsIndexConstraint() bool { return e.Desc == "CONSTRAINT" }

// IsForeignKey reports a foreign key constraint.
func (e *ArchiveEntry) IsForeignKey() bool { return e.Desc == "FK CONSTRAINT" }

// IsAttach: a partition's table or index is put below its parent. Both ends are among Needs.
func (e *ArchiveEntry) IsAttach() bool { return e.Desc == "TABLE ATTACH" || e.Desc == "INDEX ATTACH" }

// IsRefresh: a materialized view is populated. CatalogOID is 0 here but OID is that of the view.
func (e *ArchiveEntry) IsRefresh() bool { return e.Desc == "MATERIALIZED VIEW DATA" }

// IsACL reports GRANT and REVOKE statements, default privileges included. pg_restore runs them after all other objects.
func (e *ArchiveEntry) IsACL() bool {
	return e.Desc == "ACL" || e.Desc == "DEFAULT ACL" || e.Desc == "ACL LANGUAGE"
}

// IsComment reports a COMMENT ON statement.
func (e *ArchiveEntry) IsComment() bool { return e.Desc == "COMMENT" }

// IsExtension reports a CREATE EXTENSION.
func (e *ArchiveEntry) IsExtension() bool { return e.Desc == "EXTENSION" }

// IsCollation reports a CREATE COLLATION.
func (e *ArchiveEntry) IsCollation() bool { return e.Desc == "COLLATION" }

// IsEventTrigger reports an event trigger, which must come after everything it would fire for.
func (e *ArchiveEntry) IsEventTrigger() bool { return e.Desc == "EVENT TRIGGER" }

// IsSecurityLabel reports a SECURITY LABEL statement.
func (e *ArchiveEntry) IsSecurityLabel() bool { return e.Desc == "SECURITY LABEL" }

// IsCheck: a constraint apart from its table or domain that no index stands for: CHECK, or from 18 on NOT NULL, and mostly NOT VALID. Its name is that
// of the table or domain, a blank, and its own.
func (e *ArchiveEntry) IsCheck() bool { return e.Desc == "CHECK CONSTRAINT" || e.Desc == "CONSTRAINT" }

// IsRowSecurity: row-level security is switched on for a table, whose name the entry has.
func (e *ArchiveEntry) IsRowSecurity() bool { return e.Desc == "ROW SECURITY" }

// IsSubscription reports a CREATE SUBSCRIPTION.
func (e *ArchiveEntry) IsSubscription() bool { return e.Desc == "SUBSCRIPTION" }

// IsLargeObject: an entry for large objects or for their comment, ACL or label.
func (e *ArchiveEntry) IsLargeObject() bool {
	if strings.HasPrefix(e.Desc, "BLOB") {
		return true
	}
	return e.Rides() && (strings.HasPrefix(e.Name, "LARGE OBJECT ") || strings.HasPrefix(e.Name, "LARGE OBJECTS "))
}

// Rides: the entry says something about another entry's object (its comment, privileges or label) and is none itself.
func (e *ArchiveEntry) Rides() bool {
	return e.IsComment() || e.Desc == "ACL" || e.Desc == "SECURITY LABEL"
}

// About is the dump id of the object that a comment, ACL or label is about, 0 for other entries. The archive writes it as
// the first dependency, so that nobody has to take the tag's text apart to know it.
func (e *ArchiveEntry) About() int {
	if !e.Rides() || len(e.Needs) == 0 {
		return 0
	}
	return e.Needs[0]
}
