// Package changes is change data capture as values and pure functions: what a logical decoding plugin sends becomes
// transactions of changes, and transactions become batches to apply.
//
//	messages of a plugin ──decode──▶ Event ──assemble──▶ whole transactions, in commit order ──▶ epochs
//	(pgoutput, test_decoding, wal2json)
//
// It owns the meaning of the three plugins' messages and nothing that touches a connection, a file or a clock: bytes in, values
// out, so that it can be fuzzed. Receiving messages is pgsource's, keeping them catalogdb's, applying them pgtarget's.
//
// Values are never parsed: they stay the text or the binary form that the source sent. What a plugin has lost is refused with a typed error
// ([CannotCarry], [NoIdentity]) that names the table; whoever does not copy that table goes on.
//
// pgoutput describes its tables in the stream. The other two do not, and are given a function that does: the caller asks the source.
package changes
