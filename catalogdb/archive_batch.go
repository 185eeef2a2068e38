package catalogdb

import (
	"context"
	"database/sql"
	"strings"

	stmt "github.com/pgcopy/pgcopy/sql"
)

const (
	// batchEntries bounds a transaction of pre-data entries: few enough for the target's lock table (max_locks_per_transaction), many
	// enough to spare round trips.
	batchEntries = 200
	// batchGroups is from how many entries on a batch takes no further group of them: the rest of those it has is still to come.
	batchGroups = 100
	// sideBySide is how many entries in a row are worth several workers.
	sideBySide = 100
)

// beside are the kinds of entries that may be restored side by side, in any order but for what the archive says that they need: pg_dump
// tells all that a table, a sequence or a view needs (it is in pg_depend), and two of them never change one row of the target's
// catalogs. Everything else keeps the archive's order, as pg_restore has it, which trusts nothing in this section: types, functions, operators,
// default privileges have needs that only the order of kinds meets.
var beside = map[string]bool{"TABLE": true, "SEQUENCE": true, "VIEW": true, "SEQUENCE OWNED BY": true, "DEFAULT": true, "TABLE ATTACH": true,
	"COMMENT": true, "ACL": true, "SECURITY LABEL": true}

// mayBeBeside leaves out the privileges on anything but relations: that of a schema may be what somebody needs to grant others on the tables
// in it (SET SESSION AUTHORIZATION).
func mayBeBeside(description, name string) bool {
	kind, _, _ := strings.Cut(name, " ")
	return beside[description] && (description != "ACL" || kind == "TABLE" || kind == "COLUMN" || kind == "SEQUENCE")
}

// about are those that change what another entry has made: what is about one object stays in one batch, or in batches one behind the other.
var about = map[string]bool{"SEQUENCE OWNED BY": true, "DEFAULT": true, "TABLE ATTACH": true, "COMMENT": true, "ACL": true, "SECURITY LABEL": true}

// batcher cuts the pre-data of an archive into batches, a transaction each, and says which needs which:
//
//	types, functions ──▶ tables, sequences, views ──▶ the next thing that is not beside ──▶ ...
//	 (one by one)         (side by side)
//
// What is known of an entry while it works is some ten bytes.
type batcher struct {
	at     []int32 // dump id -> place among the entries, from 1; 0: not among them
	ids    []int32 // dump ids in the archive's order; behind them, those that are no entries of pre-data but that some are about
	count  int     // of the entries, and 1
	run    []int32 // the run that an entry is in; 0: it keeps its order
	about  []bool
	beside []bool
	parent []int32 // of the groups (union-find): places
	batch  []int32 // of an entry
	of     []int32 // of the group, by its root, within a run
	size   []int32 // entries of a batch, by its number
	next   []int32 // the batch that goes on with the groups of a full one
	needs  [][2]int32
}

// batchArchive assigns the entries of pre-data to batches. It belongs to the transaction that has loaded them.
func batchArchive(ctx context.Context, tx *sql.Tx) error {
	b := &batcher{at: make([]int32, 1), ids: make([]int32, 1), run: make([]int32, 1), about: make([]bool, 1), beside: make([]bool, 1), size: make([]int32, 1), next: make([]int32, 1)}
	if err := b.read(ctx, tx); err != nil {
		return err
	}
	if err := each(ctx, tx, `SELECT dump_id, needs_id FROM archive_need`, nil, func(rows *sql.Rows) error {
		var id, needs int32
		err := rows.Scan(&id, &needs)
		b.tie(id, needs)
		return err
	}); err != nil {
		return err
	}
	b.cut()
	return b.store(ctx, tx)
}

// read takes the entries, and finds the runs of those that may be side by side.
func (b *batcher) read(ctx context.Context, tx *sql.Tx) error {
	if err := each(ctx, tx, `SELECT dump_id, description, name FROM archive_entry WHERE done_by = 'restore-pre-data' ORDER BY position`, nil, func(rows *sql.Rows) error {
		var id int32
		var description, name string
		if err := rows.Scan(&id, &description, &name); err != nil {
			return err
		}
		for int(id) >= len(b.at) {
			b.at = append(b.at, make([]int32, len(b.at)+64)...)
		}
		b.at[id] = int32(len(b.ids))
		run := int32(0)
		if mayBeBeside(description, name) {
			if run = b.run[len(b.run)-1]; run == 0 {
				run = int32(len(b.ids)) // a number of its own: where it begins
			}
		}
		b.ids, b.run, b.about, b.beside = append(b.ids, id), append(b.run, run), append(b.about, about[description]), append(b.beside, beside[description])
		return nil
	}); err != nil {
		return err
	}
	for first := 1; first < len(b.run); { // a short run is not worth it
		end := first + 1
		for end < len(b.run) && b.run[end] == b.run[first] {
			end++
		}
		if end-first < sideBySide {
			clear(b.run[first:end])
		}
		first = end
	}
	b.count = len(b.ids)
	b.parent, b.batch, b.of = make([]int32, b.count), make([]int32, b.count), make([]int32, b.count)
	for i := range b.parent {
		b.parent[i] = int32(i)
	}
	return nil
}

// tie puts two entries into one group when one needs the other and both may be in any order otherwise, or when it is about the other: a
// second one about the same table must not change the same rows at the same time, wherever the table itself is made. (A default is
// about its table; that it needs a function says nothing.)
func (b *batcher) tie(id, needs int32) {
	if int(id) >= len(b.at) || b.at[id] == 0 || int(b.at[id]) >= b.count || b.run[b.at[id]] == 0 {
		return
	}
	i, n := b.at[id], b.place(needs)
	if b.run[i] == b.run[n] || b.about[i] && (b.beside[n] || int(n) >= b.count) {
		b.parent[b.root(i)] = b.root(n)
	}
}

// place is where an entry is, also one that pre-data does not have.
func (b *batcher) place(id int32) int32 {
	for int(id) >= len(b.at) {
		b.at = append(b.at, make([]int32, len(b.at)+64)...)
	}
	if b.at[id] == 0 {
		b.at[id] = int32(len(b.ids))
		b.ids, b.run, b.about, b.beside = append(b.ids, id), append(b.run, -1), append(b.about, false), append(b.beside, false)
		b.parent, b.of = append(b.parent, b.at[id]), append(b.of, 0)
	}
	return b.at[id]
}

func (b *batcher) root(i int32) int32 {
	for b.parent[i] != i {
		b.parent[i] = b.parent[b.parent[i]]
		i = b.parent[i]
	}
	return i
}

// cut goes through the entries in order. A batch needs those of the run, or the one batch, before it.
func (b *batcher) cut() {
	var before, now []int32 // batches of what was before, and of the run at hand
	open, run := int32(0), int32(-1)
	begin := func() int32 {
		b.size, b.next = append(b.size, 0), append(b.next, 0)
		n := int32(len(b.size) - 1)
		for _, need := range before {
			b.needs = append(b.needs, [2]int32{n, need})
		}
		now = append(now, n)
		return n
	}
	for i := 1; i < b.count; i++ {
		if b.run[i] != run || run == 0 && b.size[open] == batchEntries {
			if run = b.run[i]; len(now) > 0 {
				before, now = now, nil
			}
			if run != 0 {
				clear(b.of)
			}
			open = begin()
		}
		to := open
		if run != 0 {
			root := b.root(int32(i))
			if to = b.of[root]; to == 0 {
				if b.size[open] >= batchGroups {
					open = begin()
				}
				to = open
			}
			for b.size[to] == batchEntries {
				if b.next[to] == 0 {
					more := begin()
					b.next[to] = more
					b.needs = append(b.needs, [2]int32{more, to})
				}
				to = b.next[to]
			}
			b.of[root] = to
		}
		b.batch[i] = to
		b.size[to]++
	}
}

func (b *batcher) store(ctx context.Context, tx *sql.Tx) error {
	l := Loader{ctx: ctx, tx: tx, stmts: map[string]*sql.Stmt{}}
	defer l.close()
	for i := 1; i < b.count; i++ {
		if err := l.exec(`UPDATE archive_entry SET batch = ?2 WHERE dump_id = ?1`, b.ids[i], b.batch[i]); err != nil {
			return err
		}
	}
	for _, n := range b.needs {
		if err := l.exec(stmt.CatalogArchiveBatchNeed, n[0], n[1]); err != nil {
			return err
		}
	}
	return nil
}
