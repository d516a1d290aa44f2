package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// rowWriter writes the rows of an export, one after the other, without keeping
// them. Cells are in the order of the columns, each of its column's kind.
type rowWriter interface {
	row(cells []any) error
	end() error
}

// newRowWriter makes the writer of a format.
func newRowWriter(format string, w io.Writer, columns []head) (rowWriter, error) {
	switch format {
	case "csv":
		return newCSV(w, columns)
	case "parquet":
		return newParquet(w, columns), nil
	}
	return &ndjson{w: w, columns: columns}, nil
}

// exportTime is how times are written in text: RFC 3339 in UTC, to the
// millisecond.
const exportTime = "2006-01-02T15:04:05.000Z"

// ndjson writes a JSON object a line, its keys in the order of the columns.
type ndjson struct {
	w       io.Writer
	columns []head
	buf     bytes.Buffer
}

func (n *ndjson) row(cells []any) error {
	n.buf.Reset()
	enc := json.NewEncoder(&n.buf)
	enc.SetEscapeHTML(false)
	for i, c := range n.columns {
		n.buf.WriteByte("{,"[min(i, 1)])
		n.buf.WriteString(`"` + c.name + `":`)
		if err := enc.Encode(jsonCell(cells[i])); err != nil {
			return fmt.Errorf("write %s: %w", c.name, err)
		}
		n.buf.Truncate(n.buf.Len() - 1) // the encoder's line feed
	}
	n.buf.WriteString("}\n")
	_, err := n.w.Write(n.buf.Bytes())
	return err
}

func (n *ndjson) end() error { return nil }

// jsonCell is a cell as JSON has it: no time is null, no list is empty.
func jsonCell(cell any) any {
	switch v := cell.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.Format(exportTime)
	case []string:
		if v == nil {
			return []string{}
		}
	case map[string]string:
		if v == nil {
			return map[string]string{}
		}
	}
	return cell
}

// csvWriter writes CSV (RFC 4180) with a line of names.
type csvWriter struct {
	w     *csv.Writer
	cells []string
}

func newCSV(w io.Writer, columns []head) (*csvWriter, error) {
	c := &csvWriter{w: csv.NewWriter(w), cells: make([]string, len(columns))}
	for i, h := range columns {
		c.cells[i] = h.name
	}
	return c, c.w.Write(c.cells)
}

func (c *csvWriter) row(cells []any) error {
	for i, cell := range cells {
		c.cells[i] = csvCell(cell)
	}
	return c.w.Write(c.cells)
}

func (c *csvWriter) end() error {
	c.w.Flush()
	return c.w.Error()
}

// csvCell is a cell as CSV has it: lists between bars, maps as JSON. What a
// spreadsheet would run as a formula is text.
func csvCell(cell any) string {
	switch v := cell.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format(exportTime)
	case []string:
		return neutral(strings.Join(v, "|"))
	case map[string]string:
		return neutral(mapCell(v))
	case string:
		return neutral(v)
	}
	return ""
}

func mapCell(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	b, err := json.Marshal(m)
	if err != nil {
		return "" // a map of strings always encodes
	}
	return string(b)
}

// neutral puts an apostrophe before a text that a spreadsheet would take for a
// formula: one that begins with = + - @, a tab or a carriage return
// (owasp.org/www-community/attacks/CSV_Injection), with a line feed, or with
// the wide forms of those signs. Spreadsheets skip what is blank before a sign,
// so it does not hide it.
func neutral(s string) string {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\ufeff\u200b\v\f\x00"))
	if size > 0 && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// How many rows are gathered before they are handed on: rows in one call, and
// rows in one group of a Parquet file, which is held in memory.
const (
	parquetBatch = 256
	parquetGroup = 20_000
)

// parquetWriter writes an Apache Parquet file (parquet.apache.org/docs/file-format):
// times are timestamps in UTC or null, lists are repeated strings.
type parquetWriter struct {
	w       *parquet.GenericWriter[any]
	columns []head
	place   []int // of each column in the file, whose columns are sorted by name
	rows    []parquet.Row
}

func newParquet(w io.Writer, columns []head) *parquetWriter {
	group := parquet.Group{}
	for _, c := range columns {
		group[c.name] = parquetNode(c.kind)
	}
	schema := parquet.NewSchema("earshot", group)
	at := map[string]int{}
	for i, path := range schema.Columns() {
		at[path[0]] = i
	}
	p := &parquetWriter{columns: columns, place: make([]int, len(columns)),
		w: parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(parquetGroup))}
	for i, c := range columns {
		p.place[i] = at[c.name]
	}
	return p
}

func parquetNode(k cellKind) parquet.Node {
	switch k {
	case cellWhole:
		return parquet.Int(64)
	case cellNumber:
		return parquet.Leaf(parquet.DoubleType)
	case cellTruth:
		return parquet.Leaf(parquet.BooleanType)
	case cellTime:
		return parquet.Optional(parquet.Timestamp(parquet.Millisecond))
	case cellList:
		return parquet.Repeated(parquet.String())
	case cellText, cellMap:
	}
	return parquet.String()
}

func (p *parquetWriter) row(cells []any) error {
	byPlace := make([][]parquet.Value, len(cells))
	for i, cell := range cells {
		byPlace[p.place[i]] = parquetCell(cell, p.place[i])
	}
	row := make(parquet.Row, 0, len(cells))
	for _, values := range byPlace {
		row = append(row, values...)
	}
	if p.rows = append(p.rows, row); len(p.rows) < parquetBatch {
		return nil
	}
	return p.hand()
}

func (p *parquetWriter) hand() error {
	_, err := p.w.WriteRows(p.rows)
	p.rows = p.rows[:0]
	return err
}

func (p *parquetWriter) end() error {
	if err := p.hand(); err != nil {
		return err
	}
	return p.w.Close()
}

// parquetCell is a cell with its levels: what is missing, and which of several
// it is.
func parquetCell(cell any, at int) []parquet.Value {
	switch v := cell.(type) {
	case time.Time:
		if v.IsZero() {
			return []parquet.Value{parquet.NullValue().Level(0, 0, at)}
		}
		return []parquet.Value{parquet.ValueOf(v.UnixMilli()).Level(0, 1, at)}
	case []string:
		if len(v) == 0 {
			return []parquet.Value{parquet.NullValue().Level(0, 0, at)}
		}
		out := make([]parquet.Value, len(v))
		for i, s := range v {
			out[i] = parquet.ValueOf(s).Level(min(i, 1), 1, at)
		}
		return out
	case map[string]string:
		return []parquet.Value{parquet.ValueOf(mapCell(v)).Level(0, 0, at)}
	}
	return []parquet.Value{parquet.ValueOf(cell).Level(0, 0, at)}
}
