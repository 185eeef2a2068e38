package steps

import "testing"

func TestSortedRoles(t *testing.T) {
	for in, want := range map[string]string{
		`CREATE POLICY p ON public.t TO zz, aa USING (true);`:                                   `CREATE POLICY p ON public.t TO aa, zz USING (true);`,
		`CREATE POLICY "a TO b, c" ON "s, x"."t TO y" FOR UPDATE TO "z ""q"", k", a USING (x);`: `CREATE POLICY "a TO b, c" ON "s, x"."t TO y" FOR UPDATE TO "z ""q"", k", a USING (x);`,
		`CREATE POLICY p ON t AS RESTRICTIVE FOR ALL TO c, "b", a WITH CHECK (v = 'TO b, a');`:  `CREATE POLICY p ON t AS RESTRICTIVE FOR ALL TO "b", a, c WITH CHECK (v = 'TO b, a');`,
		`CREATE POLICY p ON t USING (v = ' TO b, a;');`:                                         `CREATE POLICY p ON t USING (v = ' TO b, a;');`,
		`CREATE POLICY p ON public.t TO one;`:                                                   `CREATE POLICY p ON public.t TO one;`,
		`CREATE VIEW v AS SELECT 1;`:                                                            `CREATE VIEW v AS SELECT 1;`,
	} {
		if got := sortedRoles(in); got != want {
			t.Errorf("%s\nbecomes %s\nnot     %s", in, got, want)
		}
	}
}
