package pgschema

import "testing"

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "10GB": 10 << 30, "1.5 MB": 3 << 19, "8192": 8192, "200mb": 200 << 20, "1 k": 1024, "2TB": 2 << 40} {
		if got, err := ParseSize(in); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "GB", "-1", "-3MB", "10 parsecs", "1e3", "1.2.3MB", "99EB", "ten"} {
		if got, err := ParseSize(in); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", in, got)
		}
	}
}

func TestLSN(t *testing.T) {
	l, err := ParseLSN("16/B374D848")
	if err != nil || l != 0x16B374D848 || l.String() != "16/B374D848" {
		t.Fatalf("%v %v", l, err)
	}
	for _, in := range []string{"", "16", "16/", "/1", "x/y", "100000000/0"} {
		if _, err := ParseLSN(in); err == nil {
			t.Errorf("ParseLSN(%q) did not fail", in)
		}
	}
}

func TestQuoting(t *testing.T) {
	n := Name{`we"ird`, "a.b\nc"}
	if got := n.Quoted(); got != "\"we\"\"ird\".\"a.b\nc\"" {
		t.Error(got)
	}
	if got := n.String(); got != `"we""ird"."a.b\nc"` {
		t.Error(got)
	}
	if got := (Name{"public", "orders_1"}).String(); got != "public.orders_1" {
		t.Error(got)
	}
	if got := QuoteLiteral(`it's \ here`); got != ` E'it''s \\ here'` {
		t.Error(got)
	}
}
