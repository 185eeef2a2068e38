package pgsource

import (
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for in, want := range map[string]int{
		"15.18 (Debian 15.18-0+deb12u1)": 150018, "9.6.24": 90624, "17beta1": 170000, "16.1": 160001, "10.23": 100023, "": 0, "x": 0, "18devel": 180000,
	} {
		if got := parseVersion(in); got != want {
			t.Errorf("parseVersion(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestEveryVersionHasAStatement(t *testing.T) {
	for name := range variants {
		for _, v := range []int{90600, 100000, 110000, 120000, 130000, 140000, 150018, 160000, 170000, 180000, 190000} {
			if !strings.Contains(statementFor(name, v), "SELECT") {
				t.Errorf("%s for %d is empty", name, v)
			}
		}
	}
	if statementFor("columns", 90624) == statementFor("columns", 100000) || statementFor("columns", 110000) == statementFor("columns", 120000) {
		t.Error("columns: versions share a statement that they must not share")
	}
}
