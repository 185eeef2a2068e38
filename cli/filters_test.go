package cli

import "testing"

func TestFilterFlag(t *testing.T) {
	both := []string{"--source", source, "--target", target}
	for _, spelling := range [][]string{{"--filters", "f.ini"}, {"--filters=f.ini"}, {"--filter", "f.ini"}, {"-F", "f.ini"}, {"-Ff.ini"}} {
		if o := optionsOf(t, append(append([]string{"clone"}, both...), spelling...)...); o.Filters != "f.ini" {
			t.Errorf("%v: %q", spelling, o.Filters)
		}
	}
	for _, name := range []string{"PGCOPYDB_FILTERS", "PGCOPY_FILTERS"} {
		t.Setenv(name, "of-"+name)
		if o := optionsOf(t, append([]string{"clone"}, both...)...); o.Filters != "of-"+name {
			t.Errorf("%s: %q", name, o.Filters)
		}
	}
	t.Setenv("PGCOPY_FILTERS", "")
	if o := optionsOf(t, append([]string{"clone"}, both...)...); o.Filters != "" {
		t.Errorf("an empty variable names the file %q", o.Filters)
	}
}
