// Package pgtarget is everything that is done to the target: statements of a schema dump, indexes, sequences, large
// objects, the database's own properties, and the questions that tell what an earlier attempt has left there.
//
// It owns the statements (sql/target) and how they are put together: few round trips, privileges as they were, errors that
// name the object. Its functions work on a connection inside whatever transaction the caller has begun.
//
// It leaves to callers the transactions themselves (BEGIN, COMMIT, which transaction id is written down where), what is
// retried, and the order of things. It knows neither the source nor the catalog.
//
// # Asking instead of guessing
//
// A process that died may have left any of four things behind. [AskXact] tells them apart by the id that
// [CurrentXactID] gave before the first change, and ends a session that is still at work:
//
//	recorded id ──AskXact──▶ Committed   done, if there is evidence: WroteRows, WroteInto, WroteRelation, ...
//	                         Aborted     do it again
//	                         Unknown     too long ago: the evidence decides alone
//	                         InProgress  only together with an error: it could not be ended in time
//
// Evidence is needed because a crash of the target may lose an id that was given out and never written, and the next
// transaction of somebody else then gets the same one.
//
// # Applying changes
//
// An [Applier] brings the source's changes to the target, transaction after transaction. Three things make that exactly once:
//
//   - The position that is reached lies in a replication origin, which the server moves with the commit of the changes themselves.
//     A transaction begins only where the origin stands.
//   - What was applied is what the server's command tags say. A change that meets no row, two rows, or a row in its way is a
//     [ConflictError] and ends the transaction; nothing is left out unsaid, and nothing is done a second time to see whether it works.
//   - Values travel as they came. A row is found again by its type's own equality, and where there is none by its text.
package pgtarget
