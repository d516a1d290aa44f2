package file

import (
	"encoding/json"
	"fmt"
	"hash/crc64"
	"io"
	"os"

	"earshot/bot"
)

// mark is how far one file has been read.
type mark struct {
	Size   int64  `json:"size"`             // when it was looked at last
	Mod    int64  `json:"mod"`              // its modification time then, Unix nanoseconds
	Offset int64  `json:"offset"`           // bytes read
	Line   int    `json:"line"`             // lines read
	Sum    uint64 `json:"sum,string"`       // CRC-64 of what was read
	Tail   uint64 `json:"tail,string"`      // CRC-64 of the last of it
	Done   bool   `json:"done,omitempty"`   // nothing is left to read while Size and Mod stay
	Broken bool   `json:"broken,omitempty"` // it could not be read at all
}

// position is the cursor of a file source: a mark for each file, by name.
type position struct {
	Files map[string]mark `json:"files"`
}

func parsePosition(c bot.Cursor) position {
	var p position
	if json.Unmarshal([]byte(c), &p) != nil || p.Files == nil {
		p.Files = map[string]mark{} // begin anew: the same rows give the same ids
	}
	return p
}

func (p position) cursor() (bot.Cursor, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the cursor: %w", err)
	}
	return bot.Cursor(b), nil
}

const (
	tailBytes = 4 << 10
	wholeSum  = 64 << 20 // up to this size a file that grew is compared whole; above by its tail
)

func sumTable() *crc64.Table { return crc64.MakeTable(crc64.ECMA) }

// sumOf gives the CRC-64 of [from, to), continuing from sum.
func sumOf(f io.ReaderAt, from, to int64, sum uint64) (uint64, error) {
	buf := make([]byte, min(32<<10, max(to-from, 1)))
	table := sumTable()
	in := io.NewSectionReader(f, from, to-from)
	for {
		n, err := in.Read(buf)
		sum = crc64.Update(sum, table, buf[:n])
		if err == io.EOF {
			return sum, nil
		}
		if err != nil {
			return 0, fmt.Errorf("sum the file: %w", err)
		}
	}
}

// advance moves m to offset, with the sums of what was read.
func (m mark) advance(f io.ReaderAt, offset int64, line int) (mark, error) {
	var err error
	if m.Sum, err = sumOf(f, m.Offset, offset, m.Sum); err != nil {
		return m, err
	}
	if m.Tail, err = sumOf(f, max(0, offset-tailBytes), offset, 0); err != nil {
		return m, err
	}
	m.Offset, m.Line = offset, line
	return m, nil
}

// holds tells whether what m has read still stands in f: it only grew. A file
// that was rewritten is read anew.
func (m mark) holds(f io.ReaderAt, info os.FileInfo) (bool, error) {
	size := info.Size()
	if size < m.Offset || m.Broken {
		return false, nil
	}
	tail, err := sumOf(f, max(0, m.Offset-tailBytes), m.Offset, 0)
	if err != nil || tail != m.Tail {
		return false, err
	}
	if size > wholeSum && size != m.Size {
		return true, nil
	}
	sum, err := sumOf(f, 0, m.Offset, 0)
	return sum == m.Sum, err
}

// fresh tells whether the file is as m saw it.
func (m mark) fresh(info os.FileInfo) bool {
	return m.Size == info.Size() && m.Mod == info.ModTime().UnixNano()
}
