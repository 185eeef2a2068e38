package steps

const (
	// largeObjectsPerBatch is how many large objects share a target transaction at most. Each costs the target a lock or two, of which a
	// server with the default max_locks_per_transaction has some thousands.
	largeObjectsPerBatch = 200

	// A batch costs some ms whatever is in it: a transaction id stored, two transactions, a COMMIT on disk. Below the lower bound that is
	// felt; above the upper one nothing is saved any more, and an attempt that fails has more to do again.
	smallestLargeObjectBatch = 4 << 20
	largestLargeObjectBatch  = 64 << 20

	// largeObjectTurns is how many batches each worker gets at least, so that all end at about the same time although nobody knows how
	// long each object is: only a superuser may count its pages.
	largeObjectTurns = 4
)

// planLargeObjects is how many of a database's large objects make a batch, by how many bytes they take on average.
func planLargeObjects(bytes, objects int64, workers int) int {
	if objects < 1 || bytes < 1 {
		return largeObjectsPerBatch
	}
	batch := min(max(bytes/int64(largeObjectTurns*max(workers, 1)), smallestLargeObjectBatch), largestLargeObjectBatch)
	return int(min(max(int64(float64(batch)*float64(objects)/float64(bytes)), 1), largeObjectsPerBatch))
}
