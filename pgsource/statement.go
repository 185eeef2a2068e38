package pgsource

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/sql"
)

// A variant is a statement file and the first server version it is for.
type variant struct {
	since int // as server_version_num
	file  string
}

// variants lists, newest first, the statements that differ between server versions. A statement not named here is one
// file for all versions.
var variants = map[string][]variant{
	"tables":      {{120000, "tables"}, {100000, "tables_before_12"}, {0, "tables_before_10"}},
	"columns":     {{120000, "columns"}, {100000, "columns_before_12"}, {0, "columns_before_10"}},
	"constraints": {{180000, "constraints"}, {110000, "constraints_before_18"}, {0, "constraints_before_11"}},
	"statistics":  {{170000, "statistics"}, {0, "statistics_before_17"}},
}

// statementFor is the text of the named statement for a server version.
func statementFor(name string, version int) string {
	for _, v := range variants[name] {
		if version >= v.since {
			return sql.Source(v.file)
		}
	}
	return sql.Source(name)
}

// ServerVersion is the version of the server behind conn as server_version_num tells it (150018, 90624), taken from
// what the server reported at connection time, without a round trip. A pre-release counts as its release (17beta1:
// 170000). It is 0 when the server reported nothing that reads as a version.
func ServerVersion(conn *pgx.Conn) int {
	return parseVersion(conn.PgConn().ParameterStatus("server_version"))
}

func parseVersion(s string) int {
	var nums []int
	for _, f := range strings.Split(strings.TrimSpace(s), ".") {
		end := 0
		for end < len(f) && f[end] >= '0' && f[end] <= '9' {
			end++
		}
		n, err := strconv.Atoi(f[:end])
		if err != nil {
			break
		}
		nums = append(nums, n)
		if end < len(f) {
			break
		}
	}
	nums = append(nums, 0, 0, 0)
	if nums[0] >= 10 {
		return nums[0]*10000 + nums[1]
	}
	return nums[0]*10000 + nums[1]*100 + nums[2]
}
