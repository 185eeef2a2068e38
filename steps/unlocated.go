package steps

import (
	"context"
	"errors"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgtarget"
)

// test_decoding and wal2json send also the changes of tables that filters leave out. Of one without a replica identity such a change does not
// say which row it is about, and of wal2json's a value may be lost. What a filter leaves out must not stop the rest: receive stores and
// counts the message like any other, and apply, which knows the filters, counts it as skipped, or stops there.

// asUnlocated finds the change in an error of a decoder that only says that this one change cannot be applied.
func asUnlocated(err error) (*changes.Event, bool) {
	var nowhere *changes.NoIdentity
	var lost *changes.CannotCarry
	switch {
	case errors.As(err, &nowhere):
		return &changes.Event{Kind: nowhere.Kind, Relation: &changes.Relation{Name: nowhere.Table}}, true
	case errors.As(err, &lost):
		return &changes.Event{Kind: lost.Kind, Relation: &changes.Relation{Name: lost.Table}}, true
	}
	return nil, false
}

// unlocated is a decoder's answer with such an error taken for the change that it is about.
func unlocated(ev *changes.Event, err error) (*changes.Event, error) {
	if lost, ok := asUnlocated(err); ok {
		return lost, nil
	}
	return ev, err
}

// unlocated skips a change that cannot be applied when its table is left out anyway. Otherwise apply stops at it.
func (a *applier) unlocated(ctx context.Context, ev *changes.Event, why error) error {
	rule, err := a.leftOut(ctx, ev.Relation.Name)
	if err != nil {
		return err
	}
	if a.before {
		rule = beforeStart
	}
	if rule == "" {
		c := &pgtarget.ConflictError{Kind: pgtarget.Refused, Change: ev.Kind, Table: ev.Relation.Name, Err: why}
		var nowhere *changes.NoIdentity
		var lost *changes.CannotCarry
		if errors.As(why, &nowhere) {
			c.Hint = nowhere.Hint
		} else if errors.As(why, &lost) {
			c.Hint = lost.Hint
		}
		return c
	}
	count := catalogdb.ChangeCounts{LeftOut: rule}
	switch ev.Kind {
	case changes.Insert:
		count.Inserts = 1
	case changes.Update:
		count.Updates = 1
	case changes.Delete:
		count.Deletes = 1
	}
	a.countLeftOut(ev.Relation.Name, count)
	return nil
}
