package main

import "testing"

func TestFirstWords(t *testing.T) {
	for sql, want := range map[string]string{
		"":                          "",
		"copy public.a TO STDOUT":   "COPY",
		"COPY (SELECT 1) TO STDOUT": "COPY",
		"create  INDEX ON a(b)":     "CREATE INDEX",
		"-- why\n\n  -- and how\nALTER\n TABLE x":              "ALTER TABLE",
		"SELECT pg_catalog.lo_create($1)":                      "SELECT",
		"SET LOCAL a = 1; set b TO c;RESET b;\nCREATE INDEX x": "CREATE INDEX",
		"COMMIT;":          "COMMIT",
		"SET LOCAL a = 1;": "SET LOCAL",
		"BEGIN":            "BEGIN",
	} {
		if got := firstWords(sql); got != want {
			t.Errorf("%q: %q, want %q", sql, got, want)
		}
	}
}

func TestRanked(t *testing.T) {
	a, b, c := Activity{Server: "source", Doing: "COPY"}, Activity{Server: "target", Doing: "COPY"}, Activity{Server: "none"}
	got := ranked(map[Activity]float64{a: 1, b: 2.00049, c: 1})
	if len(got) != 3 || got[0] != (Activity{"target", "COPY", "", 2}) || got[1].Server != "none" || got[2].Server != "source" {
		t.Errorf("got %+v", got)
	}
}
