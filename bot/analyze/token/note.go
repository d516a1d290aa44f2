package token

import "sync/atomic"

// Note guards what is worked out once and kept beside it in memory that the
// garbage collector need not look into. Who finds nothing noted and is first to
// claim it writes what belongs to it and then the note; all others do without
// until then. The zero value has nothing noted.
type Note struct{ state atomic.Uint32 }

// What a state means that is no number noted.
const (
	noteEmpty = iota
	noteClaimed
	noteFirst // and above: the number, raised by this
)

// Read gives the number that is noted. What was written before it may be read
// then.
func (n *Note) Read() (number uint32, noted bool) {
	s := n.state.Load()
	return s - noteFirst, s >= noteFirst
}

// Claim tells whether the caller, and nobody else, is to write.
func (n *Note) Claim() bool { return n.state.CompareAndSwap(noteEmpty, noteClaimed) }

// Write notes a number below 1<<31, by who claimed it.
func (n *Note) Write(number uint32) { n.state.Store(number + noteFirst) }
