package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// The bounds of a batch: what one transaction stores, and what is in memory.
const (
	batchRows  = 1000
	batchBytes = 4 << 20
	sample     = 64 << 10 // bytes that tell encoding and form
)

// sheet reads the rows of one file.
type sheet struct {
	f    *format
	name string // for people
	s    *scanner
	csv  *csvReader // nil for JSON
	plan *record.Plan
}

// openSheet reads the first bytes of src, which begins where the file does,
// and finds out how to read the rest. head are those bytes again. An Error of
// kind ErrInvalid says why the file cannot be read; io.EOF that there is
// nothing in it yet.
func (f *format) openSheet(src io.Reader, head []byte, name string, final bool) (*sheet, error) {
	enc, bom, ok := detect(head, f.enc)
	if !ok {
		return nil, bot.Errorf(bot.ErrInvalid, "%s is not a text file. Save it as CSV.", name)
	}
	if _, err := io.CopyN(io.Discard, src, int64(bom)); err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	sh := &sheet{f: f, name: name, s: newScanner(src, enc, final)}
	sh.s.raw = int64(bom)
	line, err := sh.firstLine()
	if err != nil {
		return nil, err
	}
	json, err := f.isJSON(name, line)
	if json || err != nil {
		return sh, err
	}
	return sh, sh.header(line)
}

// firstLine waits for the first line that is not empty, and does not consume it.
func (sh *sheet) firstLine() ([]byte, error) {
	for {
		line, n, err := sh.s.nextLine()
		var broken *rowError
		switch {
		case errors.Is(err, errMore):
			if err := sh.s.fill(); err != nil {
				return nil, err
			}
		case errors.As(err, &broken):
			return nil, bot.Errorf(bot.ErrInvalid, "%s, line %d: %s", sh.name, broken.line, broken.reason)
		case err != nil:
			return nil, err
		case len(bytes.TrimSpace(line)) == 0:
			sh.s.consume(n, 1)
		default:
			return line, nil
		}
	}
}

// isJSON tells lines of JSON from columns.
func (f *format) isJSON(name string, line []byte) (bool, error) {
	ext := strings.ToLower(path.Ext(name))
	switch {
	case f.set.Format != "":
		return f.set.Format == "ndjson", nil
	case line[0] == '{' || ext == ".ndjson" || ext == ".jsonl":
		return true, nil
	case line[0] == '[' && ext == ".json":
		return false, bot.Errorf(bot.ErrInvalid, "%s is one JSON array. Write one object a line, as jq -c '.[]' does.", name)
	}
	return false, nil
}

// header reads the names of the columns and plans what becomes of them.
func (sh *sheet) header(line []byte) error {
	if sep, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "sep="); ok && len(sep) == 1 { // written by Excel
		sh.s.consume(min(len(line)+1, len(sh.s.window())), 1)
		sh.csv = &csvReader{s: sh.s, delim: sep[0]}
	} else {
		sh.csv = &csvReader{s: sh.s, delim: sh.f.delimiter(sh.name, line)}
	}
	names := sh.f.set.Columns
	if len(names) == 0 {
		fields, err := sh.headerRow()
		if err != nil {
			return err
		}
		names = make([]string, len(fields))
		for i, v := range fields {
			names[i] = text.OneLine(sh.utf8(v))
		}
	}
	plan, err := record.NewPlan(names, sh.f.set.Map)
	if err != nil {
		return fmt.Errorf("%s: %w", sh.name, err)
	}
	sh.plan, sh.csv.width = plan, len(names)
	return nil
}

// headerRow reads the first record.
func (sh *sheet) headerRow() ([]string, error) {
	for {
		fields, line, err := sh.csv.next()
		var broken *rowError
		switch {
		case errors.Is(err, errMore):
			if err := sh.s.fill(); err != nil {
				return nil, err
			}
		case errors.As(err, &broken):
			return nil, bot.Errorf(bot.ErrInvalid, "%s, line %d: %s", sh.name, line, broken.reason)
		default:
			return fields, err
		}
	}
}

// delimiter is what separates the columns: as set, by the file's name, or the
// likeliest character of the first line that is not inside quotation marks. A
// first line with none of them is a single column.
func (f *format) delimiter(name string, line []byte) byte {
	if f.delim != 0 {
		return f.delim
	}
	if f.set.Format == "tsv" || f.set.Format == "" && strings.EqualFold(path.Ext(name), ".tsv") {
		return '\t'
	}
	best, most, inside := byte(0), 0, false
	var seen [256]int
	for _, c := range line {
		if c == '"' {
			inside = !inside
		}
		if !inside {
			seen[c]++
		}
	}
	for _, c := range []byte(",;\t|") {
		if seen[c] > most {
			best, most = c, seen[c]
		}
	}
	if best == 0 && len(f.set.Columns) > 1 {
		return ','
	}
	return best
}

// utf8 gives a value of a file that looked like ASCII at first: what is not
// UTF-8 in it is Windows-1252.
func (sh *sheet) utf8(v string) string {
	if sh.s.enc != encASCII || utf8.ValidString(v) {
		return v
	}
	out, _ := decode1252(nil, []byte(v))
	return string(out)
}

// read adds rows to b until the batch is full or the file ends, and tells
// which: more. With live it does not wait for more once it has something.
func (sh *sheet) read(ctx context.Context, b *bot.Batch, live bool) (more bool, err error) {
	from := sh.s.raw
	for len(b.Mentions)+len(b.Rejected) < batchRows && sh.s.raw-from < batchBytes {
		line, err := sh.row(slot(b))
		if err == nil {
			continue
		}
		b.Mentions = b.Mentions[:len(b.Mentions)-1]
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case sh.reject(b, line, err):
			continue
		case !errors.Is(err, errMore):
			return false, err
		}
		if live && len(b.Mentions)+len(b.Rejected) > 0 {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if err := sh.s.fill(); errors.Is(err, io.EOF) {
			if !sh.s.final {
				return false, nil // the last line may still be written
			}
		} else if err != nil {
			return false, err
		}
	}
	return true, nil
}

// reject makes a dead letter of a broken row, and tells whether err is one.
func (sh *sheet) reject(b *bot.Batch, line int, err error) bool {
	var broken *rowError
	if !errors.As(err, &broken) {
		return false
	}
	where := fmt.Sprintf("%s, line %d", sh.name, max(line, broken.line))
	reason := bot.Errorf(bot.ErrInvalid, "%s", broken.reason)
	b.Rejected = append(b.Rejected, record.Rejected(where, reason, sh.utf8(broken.raw), sh.f.now()))
	return true
}

// slot adds an empty mention to b. A batch that is more than a few rows long
// gets the room of a full one at once: mentions are large, and moving them
// takes as long as reading them.
func slot(b *bot.Batch) *bot.Mention {
	if n := len(b.Mentions); n == cap(b.Mentions) && n >= 16 {
		b.Mentions = slices.Grow(b.Mentions, batchRows-n)
	}
	b.Mentions = append(b.Mentions, bot.Mention{})
	return &b.Mentions[len(b.Mentions)-1]
}

// row reads one row into m.
func (sh *sheet) row(m *bot.Mention) (line int, err error) {
	if sh.csv == nil {
		return sh.object(m)
	}
	fields, line, err := sh.csv.next()
	if err != nil {
		return line, err
	}
	if sh.s.enc == encASCII {
		for i, v := range fields {
			fields[i] = sh.utf8(v)
		}
	}
	if err := sh.f.reader.Mention(m, sh.plan, fields); err != nil {
		sep := string(rune(max(sh.csv.delim, ' ')))
		return line, &rowError{line: line, reason: bot.Told(err), raw: head([]byte(strings.Join(fields, sep)))}
	}
	return line, nil
}

// object reads one line of JSON into m.
func (sh *sheet) object(m *bot.Mention) (at int, err error) {
	for {
		line, n, err := sh.s.nextLine()
		if err != nil {
			return 0, err
		}
		at, raw := sh.s.line+1, string(line)
		sh.s.consume(n, 1)
		if strings.TrimSpace(raw) == "" {
			continue
		}
		obj, err := record.ParseJSON(sh.utf8(raw))
		if err == nil {
			err = sh.f.objects.Mention(m, sh.f.reader, obj)
		}
		if err == nil {
			return at, nil
		}
		return at, &rowError{line: at, reason: bot.Told(err), raw: head([]byte(raw))}
	}
}
