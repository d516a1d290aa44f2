package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxRecord is the longest row that is read, in bytes of UTF-8. A longer line
// is rejected, and reading goes on behind it.
const MaxRecord = 8 << 20

const firstBuffer = 64 << 10

// errMore says that the scanner holds no whole record yet: fill it.
var errMore = errors.New("more bytes are needed")

// rowError says what is wrong with the record that begins at a line. The
// scanner stands behind that line.
type rowError struct {
	line   int
	reason string
	raw    string
}

func (e *rowError) Error() string { return e.reason }

// scanner holds the part of a file that is being read, and knows where it is.
type scanner struct {
	src   io.Reader
	enc   encoding
	final bool // what ends without a line end is whole; else it may still be written

	buf        []byte
	start, end int
	eof        bool
	line       int   // lines consumed
	raw        int64 // bytes of the file consumed
	skipping   bool  // inside a line that is too long
}

// newScanner begins to read src.
func newScanner(src io.Reader, enc encoding, final bool) *scanner {
	return &scanner{src: enc.decode(src), enc: enc, final: final, buf: make([]byte, firstBuffer)}
}

// jump goes on in another part of the file, from its byte raw and line line on.
func (s *scanner) jump(src io.Reader, raw int64, line int) {
	*s = scanner{src: s.enc.decode(src), enc: s.enc, final: s.final, buf: s.buf, raw: raw, line: line}
}

// window is what has been read and not consumed.
func (s *scanner) window() []byte { return s.buf[s.start:s.end] }

// ended tells whether the window holds the last of the file.
func (s *scanner) ended() bool { return s.eof && s.final }

// fill reads once. It gives io.EOF when nothing comes any more.
func (s *scanner) fill() error {
	if s.eof {
		return io.EOF
	}
	if s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	if s.end == len(s.buf) {
		grown := make([]byte, min(2*len(s.buf), 2*MaxRecord))
		if len(grown) <= len(s.buf) {
			return errors.New("read rows: the buffer is full") // the readers of records give up before
		}
		copy(grown, s.buf)
		s.buf = grown
	}
	n, err := s.src.Read(s.buf[s.end:])
	s.end += n
	if errors.Is(err, io.EOF) {
		s.eof = true
		err = nil
		if n == 0 {
			return io.EOF
		}
	}
	if err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}

// consume moves on by n bytes, which hold so many line ends.
func (s *scanner) consume(n, lines int) {
	s.raw += s.enc.rawLen(s.buf[s.start : s.start+n])
	s.start += n
	s.line += lines
}

// nextLine gives the line that the window begins with, without its end, and
// how long it is with it. It gives errMore, io.EOF after the last line, or a
// rowError for a line above MaxRecord.
func (s *scanner) nextLine() (line []byte, n int, err error) {
	if s.skipping {
		if err := s.skip(); err != nil {
			return nil, 0, err
		}
	}
	data := s.window()
	i := bytes.IndexByte(data, '\n')
	switch {
	case i >= 0:
		n = i + 1
	case len(data) > MaxRecord:
		i, n = len(data), len(data)
	case !s.ended():
		return nil, 0, errMore
	case len(data) == 0:
		return nil, 0, io.EOF
	default:
		i, n = len(data), len(data)
	}
	if i > MaxRecord {
		e := &rowError{line: s.line + 1, raw: string(data[:2000]), reason: fmt.Sprintf("The line is longer than %d MB.", MaxRecord>>20)}
		s.skipping = data[n-1] != '\n'
		s.consume(n, 1)
		return nil, 0, e
	}
	return bytes.TrimSuffix(data[:i], []byte("\r")), n, nil
}

// skip drops the rest of a line that is too long.
func (s *scanner) skip() error {
	data := s.window()
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		s.skipping = false
		s.consume(i+1, 0)
		return nil
	}
	s.consume(len(data), 0)
	if s.eof {
		s.skipping = false
		return nil
	}
	return errMore
}
