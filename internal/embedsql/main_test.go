package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTheGeneratedFileIsUpToDate fails when somebody touched the statements and not the list of them.
func TestTheGeneratedFileIsUpToDate(t *testing.T) {
	dir := filepath.Join("..", "..", "sql")
	want, err := generate(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, target))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("sql/%s does not list the statements that are in sql/catalog: run go generate ./sql", target)
	}
}

func TestVariable(t *testing.T) {
	for file, want := range map[string]string{"schema.sql": "CatalogSchema", "plan_copy_part_needs.sql": "CatalogPlanCopyPartNeeds"} {
		if got := variable(file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}
