package pgschema

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest picks at most n of the words that somebody who wrote name may have meant, the likeliest first. Words that are too
// different are left out; case counts little.
func Nearest(name string, words []string, n int) []string {
	c := NewClosest(name, n)
	for _, w := range words {
		c.Offer(w)
	}
	return c.Words()
}

// Closest keeps the words nearest to a name out of any number that it is offered.
type Closest struct {
	name  string
	n     int
	limit int
	best  []scored
}

type scored struct {
	word  string
	score int
}

// NewClosest looks for at most n words near to name.
func NewClosest(name string, n int) *Closest {
	return &Closest{name: name, n: n, limit: 4 * max(2, len([]rune(schemaless(name)))/3)}
}

// Offer weighs a word. A schema-qualified word whose last part is the name's own, in another schema, is near too.
func (c *Closest) Offer(word string) {
	s := distance(bare(c.name), bare(word)) * 4
	if word != c.name && s == 0 {
		s = 1 // differs in case only
	}
	if schemaless(word) == schemaless(c.name) && strings.Contains(c.name, ".") {
		s = min(s, 3)
	}
	if s > c.limit || (len(c.best) == c.n && s >= c.best[c.n-1].score) || slices.ContainsFunc(c.best, func(b scored) bool { return b.word == word }) {
		return
	}
	c.best = append(c.best, scored{word, s})
	slices.SortStableFunc(c.best, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(len(a.word), len(b.word)), cmp.Compare(a.word, b.word))
	})
	if len(c.best) > c.n {
		c.best = c.best[:c.n]
	}
}

// Words are the nearest so far, the likeliest first. What is far worse than the best is not among them.
func (c *Closest) Words() []string {
	var words []string
	for _, b := range c.best {
		if b.score <= c.best[0].score+4 {
			words = append(words, b.word)
		}
	}
	return words
}

// bare is a name without quotes and case.
func bare(s string) string { return strings.ToLower(strings.ReplaceAll(s, `"`, "")) }

func schemaless(s string) string { return bare(s[strings.LastIndexByte(s, '.')+1:]) }

// distance is Levenshtein's, with a swap of neighbours as one edit.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
