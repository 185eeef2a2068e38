package catalogdb

import (
	"database/sql"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBatchesKeepWhatEntriesNeed: whatever an archive holds, an entry is behind what it needs, in its batch or in one that its batch waits
// for; what is not beside keeps the archive's order; and no batch is larger than a transaction may be.
func TestBatchesKeepWhatEntriesNeed(t *testing.T) {
	db := create(t)
	kinds := []string{"TABLE", "TABLE", "TABLE", "SEQUENCE", "VIEW", "SEQUENCE OWNED BY", "DEFAULT", "TABLE ATTACH", "COMMENT", "ACL", "TYPE", "FUNCTION"}
	most := 0
	for seed := range uint64(40) {
		next := rand.New(rand.NewPCG(seed, 1)).IntN
		n, foreign, far := 1+next(900), next(400), 1+next(300) // entries, one of another kind in so many, how far back needs reach
		kind, name, needs := make([]string, n+1), make([]string, n+1), make([][]int, n+1)
		err := db.write(t.Context(), func(tx *sql.Tx) error {
			for _, table := range []string{"archive_entry", "archive_need", "archive_batch_need"} {
				if _, err := tx.ExecContext(t.Context(), "DELETE FROM "+table); err != nil {
					return err
				}
			}
			for i := 1; i <= n; i++ {
				kind[i] = kinds[next(10)]
				if name[i] = "TABLE t"; next(100) == 0 {
					name[i] = "SCHEMA s"
				}
				if foreign > 0 && next(foreign) == 0 {
					kind[i] = kinds[10+next(2)]
				}
				if _, err := tx.ExecContext(t.Context(), `INSERT INTO archive_entry (dump_id, position, section, description, catalog_oid, object_oid, schema, name,
					owner, session, sql, done_by) VALUES (?1, ?1, 'pre-data', ?2, 0, 0, '', ?3, '', '', '', 'restore-pre-data')`, i, kind[i], name[i]); err != nil {
					return err
				}
				for range next(3) {
					if need := i - 1 - next(far); need > 0 {
						needs[i] = append(needs[i], need)
						if _, err := tx.ExecContext(t.Context(), `INSERT INTO archive_need (dump_id, needs_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, i, need); err != nil {
							return err
						}
					}
				}
			}
			return batchArchive(t.Context(), tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		batch, size := map[int]int{}, map[int]int{}
		if err := each(t.Context(), db.r, `SELECT dump_id, batch FROM archive_entry`, nil, func(rows *sql.Rows) error {
			var id, b int
			err := rows.Scan(&id, &b)
			batch[id] = b
			size[b]++
			return err
		}); err != nil {
			t.Fatal(err)
		}
		behind := map[[2]int]bool{} // reached from the first of them
		waits := map[int][]int{}
		if err := each(t.Context(), db.r, `SELECT batch, needs_batch FROM archive_batch_need`, nil, func(rows *sql.Rows) error {
			var b, need int
			err := rows.Scan(&b, &need)
			waits[b] = append(waits[b], need)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for b := 1; b <= len(size); b++ { // a batch waits for earlier ones only
			for _, need := range waits[b] {
				if need >= b {
					t.Fatalf("archive %d: batch %d waits for %d", seed, b, need)
				}
				behind[[2]int{b, need}] = true
				for a := 1; a < need; a++ {
					if behind[[2]int{need, a}] {
						behind[[2]int{b, a}] = true
					}
				}
			}
		}
		ordered := func(i, j int) bool { return batch[i] == batch[j] || behind[[2]int{batch[j], batch[i]}] }
		for i := 1; i <= n; i++ {
			if batch[i] == 0 || size[batch[i]] > batchEntries {
				t.Fatalf("archive %d: entry %d is in batch %d of %d entries", seed, i, batch[i], size[batch[i]])
			}
			for _, need := range needs[i] {
				if !ordered(need, i) {
					t.Fatalf("archive %d: %s %d in batch %d needs %s %d in batch %d", seed, kind[i], i, batch[i], kind[need], need, batch[need])
				}
			}
			for j := i + 1; j <= n; j++ {
				if about[kind[i]] && about[kind[j]] && !ordered(i, j) {
					for _, need := range needs[i] {
						if beside[kind[need]] && slices.Contains(needs[j], need) {
							t.Fatalf("archive %d: %s %d and %s %d are both about %s %d, at the same time", seed, kind[i], i, kind[j], j, kind[need], need)
						}
					}
				}
				if (!mayBeBeside(kind[i], name[i]) || !mayBeBeside(kind[j], name[j])) && !ordered(i, j) {
					t.Fatalf("archive %d: %s %d and %s %d are not in order", seed, kind[i], i, kind[j], j)
				}
			}
		}
		most = max(most, len(size))
	}
	if most < 8 {
		t.Errorf("never more than %d batches: nothing was side by side", most)
	}
}

// TestWhatMayBeBeside: the privileges on a schema may be what somebody needs to grant others on what is in it, so they keep their place.
func TestWhatMayBeBeside(t *testing.T) {
	for _, c := range []struct {
		description, name string
		want              bool
	}{
		{"TABLE", "t", true},
		{"FUNCTION", "f()", false},
		{"ACL", "TABLE t", true},
		{"ACL", "COLUMN t.c", true},
		{"ACL", "SEQUENCE s", true},
		{"ACL", "SCHEMA s", false},
		{"ACL", "FUNCTION f()", false},
		{"ACL", "TYPE t", false},
		{"DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", false},
	} {
		if got := mayBeBeside(c.description, c.name); got != c.want {
			t.Errorf("%s %s: %t", c.description, c.name, got)
		}
	}
}
