package file

import (
	"bytes"
	"fmt"
	"strings"
)

// csvReader reads records as RFC 4180 has them, and forgives what people and
// programs do: a bare quotation mark inside a value is itself, and when a
// quotation mark is opened and never closed only its own line is lost. Reading
// takes time in proportion to the file, however broken it is.
type csvReader struct {
	s     *scanner
	delim byte
	width int   // columns of every record; 0 while unknown
	flat  int64 // up to this place in the file a record is one line: what spans lines there has failed

	spans  []span
	fields []string
}

// span is where a value lies in the record.
type span struct {
	from, to int
	escaped  bool // has doubled quotation marks
}

// next gives the values of the next record, valid until the call after, and
// the line on which it begins. It gives errMore, io.EOF, or a rowError, after
// which the next record can be read.
func (c *csvReader) next() ([]string, int, error) {
	for {
		line, n, err := c.s.nextLine()
		if err != nil {
			return nil, 0, err
		}
		if len(line) == 0 {
			c.s.consume(n, 1)
			continue
		}
		return c.record(line, n)
	}
}

// record reads the record that begins with line.
func (c *csvReader) record(line []byte, n int) ([]string, int, error) {
	at := c.s.line + 1
	if bytes.IndexByte(line, '"') < 0 {
		c.split(line)
		return c.finish(line, n, at)
	}
	if c.s.raw >= c.flat {
		length, lines, end := c.quoted(c.s.window(), c.s.ended())
		switch {
		case end == endWhole && (lines == 1 || c.fits()):
			return c.finish(c.s.window()[:length], length, at)
		case end == endOpen && !c.s.ended() && len(c.s.window()) <= MaxRecord:
			return nil, 0, errMore
		}
		c.flat = c.s.raw + c.s.enc.rawLen(c.s.window()[:length])
		if end == endWhole {
			return c.finish(line, n, at) // says what is wrong, and gives up this line alone
		}
	}
	if _, _, end := c.quoted(line, true); end == endWhole {
		return c.finish(line, n, at)
	}
	if c.split(line); c.width > 0 && len(c.spans) == c.width {
		return c.finish(line, n, at) // its quotation marks are text
	}
	e := &rowError{line: at, raw: head(line), reason: "A quotation mark is opened and not closed, so that it cannot be told where its columns end."}
	c.s.consume(n, 1)
	return nil, 0, e
}

// fits tells whether the record has the number of columns that it should.
func (c *csvReader) fits() bool { return c.width == 0 || len(c.trimmed()) == c.width }

// trimmed leaves out empty values beyond the last column, which spreadsheets
// add.
func (c *csvReader) trimmed() []span {
	spans := c.spans
	for c.width > 0 && len(spans) > c.width && spans[len(spans)-1].from == spans[len(spans)-1].to {
		spans = spans[:len(spans)-1]
	}
	return spans
}

// finish makes the values of rec and consumes the n bytes that it takes.
func (c *csvReader) finish(rec []byte, n, at int) ([]string, int, error) {
	spans := c.trimmed()
	if c.width > 0 && len(spans) != c.width {
		e := &rowError{line: at, raw: head(rec), reason: fmt.Sprintf("It has %s where the file has %d.", columns(len(spans)), c.width)}
		c.s.consume(n, c.lines(n))
		return nil, 0, e
	}
	whole := string(rec)
	c.fields = c.fields[:0]
	for _, sp := range spans {
		v := whole[sp.from:sp.to]
		if sp.escaped {
			v = strings.ReplaceAll(v, `""`, `"`)
		}
		c.fields = append(c.fields, v)
	}
	c.s.consume(n, c.lines(n))
	return c.fields, at, nil
}

// lines counts the lines that the next n bytes are.
func (c *csvReader) lines(n int) int {
	return max(1, bytes.Count(c.s.window()[:n], []byte("\n")))
}

func columns(n int) string {
	if n == 1 {
		return "1 column"
	}
	return fmt.Sprintf("%d columns", n)
}

// split cuts a line at every delimiter.
func (c *csvReader) split(line []byte) {
	c.spans = c.spans[:0]
	from := 0
	for {
		i := bytes.IndexByte(line[from:], c.delim)
		if i < 0 {
			c.spans = append(c.spans, span{from: from, to: len(line)})
			return
		}
		c.spans = append(c.spans, span{from: from, to: from + i})
		from += i + 1
	}
}

// ending says how the reading of a record with quotation marks ended.
type ending int

const (
	endWhole  ending = iota
	endOpen          // a quotation mark is still open where data ends, or the record may go on behind it
	endBroken        // another value began before the quotation mark was closed
)

// quoted reads one record with quotation marks from data. It gives its length
// with the line end, or as far as it could be read, and the lines it spans. all
// says that nothing comes behind data.
func (c *csvReader) quoted(data []byte, all bool) (length, lines int, end ending) {
	c.spans = c.spans[:0]
	lines = 1
	for at := 0; ; {
		var sp span
		var after int
		if at < len(data) && data[at] == '"' {
			sp, after, end = c.inQuotes(data, at+1)
		} else {
			after = at + c.plain(data[at:])
			sp = span{from: at, to: after}
		}
		if end == endWhole && (after > MaxRecord || after == len(data) && !all) {
			end = endOpen
		}
		if end != endWhole {
			return min(after, MaxRecord), lines, end
		}
		lines += bytes.Count(data[at:after], []byte("\n"))
		c.spans = append(c.spans, sp)
		switch {
		case after == len(data):
			c.trimCR(data)
			return after, lines, endWhole
		case data[after] == c.delim:
			at = after + 1
		default: // the line's end
			c.trimCR(data)
			return after + 1, lines, endWhole
		}
	}
}

// plain gives the length of a value without quotation marks around it.
func (c *csvReader) plain(data []byte) int {
	for i, b := range data {
		if b == c.delim || b == '\n' {
			return i
		}
	}
	return len(data)
}

// inQuotes reads a value from behind its opening quotation mark; after is
// behind the closing one. A mark that is neither doubled nor at the end of a
// value is text, but only within a line: in a value of several lines it rather
// begins another value, and the mark before was never meant to be one. Then
// after is where that line begins.
func (c *csvReader) inQuotes(data []byte, from int) (sp span, after int, end ending) {
	sp = span{from: from}
	bare, line := false, 0 // line: where the last line of the value begins; 0 on its first
	for at := from; ; {
		i := bytes.IndexByte(data[at:], '"')
		if i < 0 {
			return sp, len(data), endOpen
		}
		if nl := bytes.LastIndexByte(data[at:at+i], '\n'); nl >= 0 {
			line = at + nl + 1
		}
		at += i + 1 // behind the mark
		switch {
		case at < len(data) && data[at] == '"':
			sp.escaped = true
			at++
		case at == len(data) || data[at] == c.delim || data[at] == '\n',
			data[at] == '\r' && (at+1 == len(data) || data[at+1] == '\n'):
			if bare && line > 0 {
				return sp, line, endBroken
			}
			sp.to = at - 1
			if at < len(data) && data[at] == '\r' {
				at++
			}
			return sp, at, endWhole
		case line > 0:
			return sp, line, endBroken
		default:
			bare = true
		}
	}
}

// trimCR takes the carriage return of a Windows line end off the last value,
// where that is not in quotation marks.
func (c *csvReader) trimCR(data []byte) {
	last := &c.spans[len(c.spans)-1]
	if last.from > 0 && data[last.from-1] == '"' {
		return
	}
	if last.to > last.from && data[last.to-1] == '\r' {
		last.to--
	}
}

// head is the beginning of a broken record, for the dead letter.
func head(rec []byte) string { return string(rec[:min(len(rec), 2000)]) }
