// Package file listens to files: CSV, TSV and newline-delimited JSON, at a
// path, in a folder that is watched, or on standard input. Files that grow are
// followed, files that are rewritten are read again, and rows that are broken
// are rejected one by one.
package file

import (
	"context"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
)

// Settings of a file source.
type Settings struct {
	Path      string            `yaml:"path" json:"path" jsonschema:"the file, the folder that is watched, or - for standard input"`
	Pattern   string            `yaml:"pattern" json:"pattern,omitempty" jsonschema:"which files of a folder are read, as *.csv; by default .csv, .tsv, .txt, .ndjson and .jsonl"`
	Format    string            `yaml:"format" json:"format,omitempty" jsonschema:"csv, tsv or ndjson; by default told by the name and the content"`
	Encoding  string            `yaml:"encoding" json:"encoding,omitempty" jsonschema:"utf-8, utf-16le, utf-16be or windows-1252; by default told by the content"`
	Delimiter string            `yaml:"delimiter" json:"delimiter,omitempty" jsonschema:"the one character between columns; by default told by the first line"`
	Columns   []string          `yaml:"columns" json:"columns,omitempty" jsonschema:"the names of the columns of a file whose first line does not name them"`
	Map       map[string]string `yaml:"map" json:"map,omitempty" jsonschema:"which column holds which field: id, text, title, author, author_name, email, followers, created_at, url, rating, rating_of, watch, language, parent or attr.NAME; in ndjson a path as a.b[0].c"`
	Watch     string            `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch of every row whose watch is not mapped"`
	TimeZone  string            `yaml:"time_zone" json:"time_zone,omitempty" jsonschema:"the zone of dates that name none, as Europe/Berlin; by default that of the configuration"`
	DateOrder string            `yaml:"date_order" json:"date_order,omitempty" jsonschema:"day or month: which comes first in 03/04/2026"`
	RatingOf  int               `yaml:"rating_of" json:"rating_of,omitempty" jsonschema:"the highest rating; 5 by default"`
	Survey    bool              `yaml:"survey" json:"survey,omitempty" jsonschema:"ratings are answers from 0 to 10 to how likely one is to recommend us"`
	Private   bool              `yaml:"private" json:"private,omitempty" jsonschema:"what the rows say was not said in public"`
}

// every is the usual time between looks at a file: reading its size is cheap.
const every = 10 * time.Second

// Driver describes the kind "file".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "file",
		Reads:    "CSV, TSV and newline-delimited JSON: a file, a folder that is watched, or standard input",
		Answers:  "not possible: a file has no way back; the text can be copied",
		Live:     "looked at every 10 seconds; standard input as it comes",
		Needs:    "nothing",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New: func(name string, decode func(into any) error, env bot.SourceEnv) (bot.Source, error) {
			var s Settings
			if err := decode(&s); err != nil {
				return nil, err
			}
			if s.Path == "-" {
				return newStream(s, env)
			}
			return newSource(s, env)
		},
	}
}

// Import reads the file at s.Path, or env.Stdin for "-", from beginning to end
// once and hands it over in batches, each with its Progress; emit's error ends
// it. A file that cannot be read at all is an Error of kind ErrInvalid or
// ErrNotFound; broken rows are in the batches.
func Import(ctx context.Context, s Settings, env bot.SourceEnv, emit bot.Emit) error {
	if s.Path == "-" {
		in, err := newStream(s, env)
		if err != nil {
			return err
		}
		return in.copy(ctx, emit)
	}
	src, err := newSource(s, env)
	if err != nil {
		return err
	}
	src.whole = true
	for cursor := bot.Cursor(""); ; {
		b, err := src.Poll(ctx, cursor)
		if err != nil {
			return err
		}
		if err := emit(ctx, b); err != nil {
			return err
		}
		if !b.More {
			return nil
		}
		cursor = b.Next
	}
}

// format is how rows are read: what all files of a source have in common.
type format struct {
	set     Settings
	delim   byte // 0: told by the content
	enc     encoding
	objects *record.Objects
	reader  *record.Reader
	now     func() time.Time
}

// newFormat checks the settings; what is wrong is an Error of kind ErrInvalid.
func newFormat(s Settings, env bot.SourceEnv) (*format, error) {
	f := &format{set: s, now: env.Now}
	if f.now == nil {
		f.now = time.Now
	}
	for name := range s.Map {
		if _, err := record.ParseField(name); err != nil {
			return nil, err
		}
	}
	var err error
	if f.enc, err = parseEncoding(s.Encoding); err != nil {
		return nil, err
	}
	switch s.Format {
	case "", "csv", "tsv", "ndjson":
	default:
		return nil, bot.Errorf(bot.ErrInvalid, "There is no format %q; use csv, tsv or ndjson.", s.Format)
	}
	switch {
	case s.Delimiter == `\t` || s.Delimiter == "tab":
		f.delim = '\t'
	case len(s.Delimiter) == 1 && s.Delimiter != `"` && s.Delimiter != "\n":
		f.delim = s.Delimiter[0]
	case s.Delimiter != "":
		return nil, bot.Errorf(bot.ErrInvalid, "The delimiter %q is not one character, as ; or tab.", s.Delimiter)
	}
	zone := env.Zone
	if s.TimeZone != "" {
		if zone, err = time.LoadLocation(s.TimeZone); err != nil {
			return nil, bot.Errorf(bot.ErrInvalid, "There is no time zone %q; write it as Europe/Berlin.", s.TimeZone)
		}
	}
	order := record.DateOrder(s.DateOrder)
	if order != record.OrderUnknown && order != record.DayFirst && order != record.MonthFirst {
		return nil, bot.Errorf(bot.ErrInvalid, "The date_order is %q; use day or month.", s.DateOrder)
	}
	if s.RatingOf != 0 && (s.RatingOf < 2 || s.RatingOf > 100) {
		return nil, bot.Errorf(bot.ErrInvalid, "rating_of is %d; use a number from 2 to 100.", s.RatingOf)
	}
	f.reader = record.NewReader(record.Settings{
		Zone: zone, Order: order, RatingOf: s.RatingOf, Survey: s.Survey, Watch: s.Watch, Private: s.Private,
	}, f.now)
	if f.objects, err = record.NewObjects(jsonMapping(s)); err != nil {
		return nil, err
	}
	return f, nil
}

// jsonMapping is the mapping as far as it holds for JSON: a CSV's column may
// have any name, which need not be a path.
func jsonMapping(s Settings) map[string]string {
	paths := map[string]string{}
	for field, name := range s.Map {
		if _, err := record.ParsePath(name); err == nil || s.Format == "ndjson" {
			paths[field] = name
		}
	}
	return paths
}
