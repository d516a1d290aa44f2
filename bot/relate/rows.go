package relate

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// rawLength is the most bytes of a rejected row that are kept.
const rawLength = 2_000

// Row is a row that cannot be used, and why.
type Row struct {
	Line   int
	Reason string // what is wrong and how to mend it
	Raw    string // the row, cut to 2,000 bytes
}

// rows reads a sheet with a header, row by row: what cannot be read is rejected
// with its line, and the rest goes on.
type rows struct {
	empty string                                          // what is said of an empty file
	head  func(names []string) error                      // takes the header
	row   func(line int, fields []string) (reason string) // takes a row, or says what is wrong with it
}

// read reads CSV, divided by what its header is divided by. The error is of
// kind ErrInvalid when there is no usable header, else that of r.
func (s rows) read(r io.Reader) (rejected []Row, err error) {
	br := bufio.NewReader(r)
	if first, err := br.Peek(3); err == nil && string(first) == "\ufeff" {
		_, _ = br.Discard(3)
	}
	sheet := csv.NewReader(br)
	sheet.Comma, sheet.FieldsPerRecord, sheet.LazyQuotes = separator(br), -1, true
	sheet.TrimLeadingSpace = true
	names, err := sheet.Read()
	if errors.Is(err, io.EOF) {
		return nil, bot.Errorf(bot.ErrInvalid, "%s", s.empty)
	}
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	if err := s.head(names); err != nil {
		return nil, err
	}
	for {
		fields, err := sheet.Read()
		if errors.Is(err, io.EOF) {
			return rejected, nil
		}
		line := lineOf(sheet, err)
		var syntax *csv.ParseError
		switch {
		case errors.As(err, &syntax):
			rejected = append(rejected, Row{Line: line, Reason: "The row is not CSV: " + syntax.Err.Error() + "."})
			continue
		case err != nil:
			return rejected, fmt.Errorf("read the rows: %w", err)
		}
		if reason := s.row(line, fields); reason != "" {
			rejected = append(rejected, Row{Line: line, Reason: reason, Raw: text.CutBytes(strings.Join(fields, ","), rawLength)})
		}
	}
}

// lineOf is the line of the row read last; FieldPos panics without fields.
func lineOf(sheet *csv.Reader, err error) int {
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return syntax.StartLine
	}
	if err != nil {
		return 0
	}
	line, _ := sheet.FieldPos(0)
	return line
}

// separator looks at the header for what divides the columns.
func separator(br *bufio.Reader) rune {
	peek, _ := br.Peek(4096)
	line, _, _ := strings.Cut(string(peek), "\n")
	best, most := ',', strings.Count(line, ",")
	for _, c := range []rune{';', '\t'} {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}
