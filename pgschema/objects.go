package pgschema

// Table is one relation of the source whose rows or existence matter to the copy.
type Table struct {
	OID        uint32
	Name       Name
	Kind       string // pg_class.relkind: r table, p partitioned table, m materialized view
	Persist    string // pg_class.relpersistence: p permanent, u unlogged
	AM         string // table access method, "heap" for nearly all; empty for partitioned tables
	Pages      int64  // main fork, in blocks, measured (pg_relation_size), not estimated
	Bytes      int64  // pg_table_size: main fork, TOAST, maps
	Rows       float64
	ParentOID  uint32 // partition parent, 0 when none
	RootOID    uint32 // topmost partitioned table, 0 when none
	Extension  string // owning extension, for configuration tables
	Populated  bool   // pg_class.relispopulated (materialized views)
	KeyColumn  string // a single-column integer primary or unique key, "" when none
	KeyNotNull bool   // surely no NULL in KeyColumn: it is the primary key
	CanSelect  bool   // has_table_privilege(SELECT) and USAGE on the schema
	RLSActive  bool   // row_security_active(): the role would not see all rows
	Owner      string
	Columns    []Column
}

// Column is one attribute of a table, dropped ones left out.
type Column struct {
	TableOID  uint32
	Num       int16
	Name      string
	TypeOID   uint32
	Type      string // format_type()
	Generated string // pg_attribute.attgenerated: "" or s (stored) or v (virtual, 18 and newer)
	Identity  string // pg_attribute.attidentity: "", a, d
	NotNull   bool
}

// Index is one index of the source; Def is what pg_get_indexdef says of it.
type Index struct {
	OID           uint32
	TableOID      uint32
	Name          Name
	Def           string
	Unique        bool
	Primary       bool
	Exclusion     bool
	Partitioned   bool // relkind I: no storage of its own
	Valid         bool
	Bytes         int64
	ConstraintOID uint32 // the constraint it backs, 0 when none
}

// Constraint is a table constraint of the source; Def is what pg_get_constraintdef says of it.
type Constraint struct {
	OID        uint32
	TableOID   uint32
	IndexOID   uint32 // backing index, 0 when none
	RefTable   uint32 // referenced table of a foreign key
	Name       string
	Type       string // pg_constraint.contype: c f p u t x n
	Def        string
	Deferrable bool
	Deferred   bool
	Validated  bool
	Period     bool // WITHOUT OVERLAPS (18 and newer)
}

// Sequence is a sequence and the value it has given out last.
type Sequence struct {
	OID       uint32
	Name      Name
	LastValue int64
	IsCalled  bool
	Extension string
	CanSelect bool
}

// Extension is an installed extension.
type Extension struct {
	OID     uint32
	Name    string
	Schema  string
	Version string
}

// ExtensionConfig is a table or sequence whose rows belong to the user although the extension owns the relation
// (pg_extension.extconfig and extcondition; https://www.postgresql.org/docs/current/extend-extensions.html).
type ExtensionConfig struct {
	ExtensionOID uint32
	RelOID       uint32
	Name         Name
	Kind         string // r or S
	Condition    string // "WHERE ..." or empty
	Depth        int    // foreign keys between configuration tables: referenced tables have the smaller depth
}

// LargeObjectBatch is a range of large objects, both ends included.
type LargeObjectBatch struct {
	Number   int
	FirstOID uint32
	LastOID  uint32
	Count    int64
}

// DatabaseProperty is a setting, the comment or the ACL of the database itself, none of which pg_dump writes without --create.
type DatabaseProperty struct {
	Kind  string // setting, role-setting, comment, acl
	Role  string // for role-setting and acl: the role it is for ("" is PUBLIC in an acl)
	Name  string // setting: the parameter; acl: the privilege
	Value string // setting: the value as stored; comment: the text; acl: "grantable" or ""
	By    string // acl: grantor
}

// Unreadable names something that the connected role may not read in full.
type Unreadable struct {
	OID   uint32
	Kind  string // pg_class.relkind
	Owner uint32 // the table whose column owns a sequence, 0 when none does
	Name  Name
	Why   string // privilege, row-security, schema
}

// LargeObject is what is known of a large object beside its bytes.
type LargeObject struct {
	OID     uint32
	Owner   string
	Comment string  // "" when none
	HasACL  bool    // false: default privileges; true: exactly those in ACL, also when there are none
	ACL     []Grant // in the order of the stored ACL
}

// Grant is one entry of an ACL, as aclexplode() tells it.
type Grant struct {
	Privilege string // SELECT, UPDATE ...
	Grantee   string // "" is PUBLIC
	Grantor   string
	Grantable bool // WITH GRANT OPTION
}
