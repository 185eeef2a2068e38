package pgschema

import (
	"slices"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"public.orders", `public."Orders"`, "app.orders", "public.order_items", "public.customers", "app.invoices"}
	for name, want := range map[string][]string{
		"public.ordrs":    {"public.orders", `public."Orders"`},
		"pulbic.orders":   {"app.orders", "public.orders", `public."Orders"`},
		"public.Orders":   {"public.orders", `public."Orders"`, "app.orders"},
		"app.customers":   {"public.customers"},
		"public.custmoer": {"public.customers"},
		"public.zzzzzz":   nil,
	} {
		got := Nearest(name, words, 3)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		n    int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ä", "a", 1}} {
		if got := distance(c.a, c.b); got != c.n {
			t.Errorf("%s and %s: %d, not %d", c.a, c.b, got, c.n)
		}
	}
}
