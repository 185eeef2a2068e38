package pgschema

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseTablespaces(t *testing.T) {
	got, err := ParseTablespaces("map.ini", []byte("\ufeff# names\r\n ; more\r\n\r\nFast=SSD_1 ; folded\r\n\"Sl;ow\"\t= \"a \"\"b\"\" #\" # quoted\r\n"+
		"big = archive : /srv/archive#not the path\n\tuse$d = pg_default\nünï = other : '/srv/it''s # here' ; too\npg_default = C1 : D:\\data"))
	if err != nil {
		t.Fatal(err)
	}
	want := []TablespaceMapping{{"Sl;ow", `a "b" #`, "", 5}, {"big", "archive", "/srv/archive", 6}, {"fast", "ssd_1", "", 4}, {"pg_default", "c1", `D:\data`, 9},
		{"use$d", "pg_default", "", 7}, {"ünï", "other", "/srv/it's # here", 8}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	var lines []string
	for _, m := range got { // what is shown can be read
		lines = append(lines, m.String())
	}
	again, err := ParseTablespaces("again", []byte(strings.Join(lines, "\n")))
	for i := range again {
		again[i].Line = want[i].Line
	}
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("%v\n%+v, %v", lines, again, err)
	}
}

func TestParseTablespacesErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "map.ini: no tablespace is in the file | fast = ssd",
		"# a = b\n;c = d\n":         "map.ini: no tablespace is in the file",
		"a = b\n\nA = c":            "map.ini:3: tablespace a is mapped already, in line 1 | keep one",
		"a = x : /1\nb = x : /2":    "map.ini:2: line 1 has x in another directory, /1",
		"[tablespaces]\na = b":      "map.ini:1: [tablespaces] is no mapping | no sections",
		"a":                         "map.ini:1: no = follows the name in a | source = target",
		"a : b":                     "map.ini:1: no = follows the name",
		"a b = c":                   "map.ini:1: no = follows the name",
		"a =":                       "map.ini:1: the name of a tablespace is missing in a =",
		"= b":                       "map.ini:1: the name of a tablespace is missing in = b",
		"a = # b":                   "map.ini:1: the name of a tablespace is missing",
		"a = b c":                   `map.ini:1: "c" is not understood, behind a = b | double quotes`,
		"a = b, c = d":              `map.ini:1: ", c = d" is not understood`,
		"a = 'b'":                   `map.ini:1: "'b'" is no name | double quotes`,
		"my-space = b":              "map.ini:1: no = follows the name",
		"a = \"b":                   "map.ini:1: the quoted name is not closed",
		"\"\" = b":                  "map.ini:1: \"\" is no name",
		"a = b :":                   "map.ini:1: no directory follows the colon",
		"a = b : srv":               "map.ini:1: srv is not an absolute path",
		"a = b : '/srv":             "map.ini:1: the quoted directory is not closed",
		"a = b : ''":                "map.ini:1: '' is no directory",
		"a = b : /my dir":           `map.ini:1: "dir" is not understood, behind a = b : /my | single ones`,
		"a = pg_default : /srv":     "map.ini:1: pg_default is there on every server",
		"a = pg_global":             "map.ini:1: pg_global holds nothing of a database",
		"pg_global = b":             "map.ini:1: pg_global holds nothing of a database",
		"a = b\nc = d\xff":          "map.ini:2: the text is not UTF-8",
		"x = y\nfast -> ssd\nz = q": "map.ini:2: no = follows the name in fast -> ssd",
	} {
		_, err := ParseTablespaces("map.ini", []byte(text))
		var wrong *FilterError
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		message, hint, _ := strings.Cut(want, " | ")
		if !strings.HasPrefix(err.Error(), message) || wrong.Hint == "" || !strings.Contains(wrong.Hint, hint) {
			t.Errorf("%q: %s\nhint: %s\nwant %s", text, err, wrong.Hint, want)
		}
	}
}
