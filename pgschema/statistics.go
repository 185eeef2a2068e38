package pgschema

// TableStatistics is what a planner knows of a table: how many rows it has, and how the values of its columns are distributed. Values travel as the
// text that the server made of them.
type TableStatistics struct {
	Rows    float32            // pg_class.reltuples; below 0: unknown
	Columns []ColumnStatistics // of the table, and of the expressions of its indexes

	// Gap says why these statistics are not enough for the table; empty when they are.
	Gap string
	// Sorted tells that something here depends on the order of strings that is the database's default.
	Sorted bool
}

// ColumnStatistics is a row of the view pg_stats.
type ColumnStatistics struct {
	Index     string // whose expression it is about; empty for a column of the table
	Column    string
	Number    int16
	Inherited bool // over the rows of the children too
	// Figures are the columns of pg_stats from null_frac on, in the order of [Figures]; nil where there is none.
	Figures []*string
}

// Size is roughly what the statistics take in memory, in bytes.
func (s TableStatistics) Size() (n int) {
	for _, c := range s.Columns {
		n += 200 + len(c.Column)
		for _, f := range c.Figures {
			if f != nil {
				n += len(*f)
			}
		}
	}
	return n
}

// Figures are what pg_stats tells of a column, by the names that pg_restore_attribute_stats has for them (section "Database Object Statistics
// Manipulation Functions" of the documentation). Those of ranges came with 17.
var Figures = []string{"null_frac", "avg_width", "n_distinct", "most_common_vals", "most_common_freqs", "histogram_bounds", "correlation",
	"most_common_elems", "most_common_elem_freqs", "elem_count_histogram", "range_length_histogram", "range_empty_frac", "range_bounds_histogram"}
