// Package changes is change data capture as values and pure functions: what a logical decoding plugin sends becomes
// transactions of changes, and transactions become batches to apply.
//
//	messages of a plugin ──decode──▶ Event ──assemble──▶ whole transactions, in commit order ──▶ epochs
//	(pgoutput, test_decoding, wal2json)
//
// It owns the meaning of the three plugins' messages and nothing that touches a connection, a file or a clock: bytes in, values
// out, so that it can be fuzzed. Receiving messages is pgsource's, keeping them catalogdb's, applying them pgtarget's.
//
// Values are never parsed: they stay the text or the binary form that the source sent.
package changes
