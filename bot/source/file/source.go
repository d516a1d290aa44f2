package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
)

// settle is how long a file must have been left alone until a last line
// without a line end counts as whole.
const settle = 2 * time.Second

// maxFiles bounds the files of a folder, each of which is in the cursor.
const maxFiles = 10_000

// Source reads a file or the files of a folder.
type Source struct {
	*format
	whole bool // read to the end at once: an import
}

func newSource(s Settings, env bot.SourceEnv) (*Source, error) {
	if s.Path == "" {
		return nil, bot.Errorf(bot.ErrInvalid, "Say which file or folder to read: path is missing.")
	}
	if _, err := filepath.Match(s.Pattern, "x"); err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "The pattern %q cannot be read; write it as *.csv.", s.Pattern)
	}
	f, err := newFormat(s, env)
	if err != nil {
		return nil, err
	}
	return &Source{format: f}, nil
}

// target is a file to look at.
type target struct {
	name, path string
	info       os.FileInfo
}

// Poll implements bot.Source. It reads at most one batch, of one file.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	if err := ctx.Err(); err != nil {
		return bot.Batch{}, err
	}
	targets, folder, err := s.targets()
	if err != nil {
		return bot.Batch{}, err
	}
	old := parsePosition(cursor)
	pos := position{Files: make(map[string]mark, len(targets))}
	for _, t := range targets {
		if m, ok := old.Files[t.name]; ok {
			pos.Files[t.name] = m
		}
	}
	var b bot.Batch
	for i, t := range targets {
		m := pos.Files[t.name]
		if m.Done && m.fresh(t.info) {
			continue
		}
		m, err := s.readFile(ctx, t, m, &b)
		if err != nil && (!folder || bot.KindOf(err) != bot.ErrInvalid) {
			return bot.Batch{}, err
		}
		if err != nil { // this file alone is no good
			b.Rejected = append(b.Rejected, record.Rejected(t.name, err, "", s.now()))
			m = mark{Done: true, Broken: true}
		}
		m.Size, m.Mod = t.info.Size(), t.info.ModTime().UnixNano()
		pos.Files[t.name] = m
		if len(b.Mentions)+len(b.Rejected) > 0 {
			b.More = !m.Done || i < len(targets)-1
			break
		}
	}
	b.Progress = progress(targets, pos)
	b.Next, err = pos.cursor()
	return b, err
}

// readFile reads a batch of one file, from where m stands or, when the file
// was rewritten, from its beginning.
func (s *Source) readFile(ctx context.Context, t target, m mark, b *bot.Batch) (mark, error) {
	f, err := os.Open(t.path)
	if err != nil {
		return m, s.cannot(t.path, err)
	}
	defer f.Close()
	if !m.fresh(t.info) || m.Broken {
		ok, err := m.holds(f, t.info)
		if err != nil {
			return m, s.cannot(t.path, err)
		}
		if !ok {
			m = mark{}
		}
	}
	sh, err := s.sheetAt(f, t, m)
	if errors.Is(err, io.EOF) { // nothing in it yet
		return mark{Done: true}, nil
	}
	if err != nil {
		return m, err
	}
	more, err := sh.read(ctx, b, false)
	if err != nil {
		return m, s.cannot(t.path, err)
	}
	if m, err = m.advance(f, sh.s.raw, sh.s.line); err != nil {
		return m, s.cannot(t.path, err)
	}
	m.Done = !more && sh.s.final
	return m, nil
}

// sheetAt opens the file's rows at m. The first line is read in any case: it
// tells the columns.
func (s *Source) sheetAt(f *os.File, t target, m mark) (*sheet, error) {
	head := make([]byte, min(sample, t.info.Size()))
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, s.cannot(t.path, err)
	}
	final := s.whole || s.now().Sub(t.info.ModTime()) >= settle
	size := t.info.Size() // what is written from now on is for the next look
	sh, err := s.openSheet(io.NewSectionReader(f, 0, size), head[:n], t.name, final)
	if err != nil || m.Offset == 0 || m.Offset <= sh.s.raw {
		return sh, err
	}
	sh.s.jump(io.NewSectionReader(f, m.Offset, size-m.Offset), m.Offset, m.Line)
	return sh, nil
}

// targets lists what there is to read, by name.
func (s *Source) targets() (all []target, folder bool, err error) {
	info, err := os.Stat(s.set.Path)
	if err != nil {
		return nil, false, s.cannot(s.set.Path, err)
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, false, bot.Errorf(bot.ErrInvalid, "%s is not a file that can be read; use - for standard input.", s.set.Path)
		}
		return []target{{name: filepath.Base(s.set.Path), path: s.set.Path, info: info}}, false, nil
	}
	entries, err := os.ReadDir(s.set.Path)
	if err != nil {
		return nil, true, s.cannot(s.set.Path, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !s.wants(e.Name()) {
			continue // gone again, a link, a folder, or not for us
		}
		all = append(all, target{name: e.Name(), path: filepath.Join(s.set.Path, e.Name()), info: info})
	}
	if len(all) > maxFiles {
		return nil, true, bot.Errorf(bot.ErrInvalid, "The folder %s holds more than %d files. Move those away that have been read.", s.set.Path, maxFiles)
	}
	return all, true, nil
}

// wants tells whether a file of the folder is to be read: not one that is
// hidden or still being copied.
func (s *Source) wants(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "~") {
		return false
	}
	if s.set.Pattern != "" {
		ok, err := filepath.Match(s.set.Pattern, name)
		return ok && err == nil
	}
	return slices.Contains([]string{".csv", ".tsv", ".txt", ".ndjson", ".jsonl"}, strings.ToLower(filepath.Ext(name)))
}

// cannot says why a file cannot be read.
func (s *Source) cannot(path string, err error) error {
	var told *bot.Error
	switch {
	case errors.As(err, &told) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return &bot.Error{Kind: bot.ErrNotFound, Msg: fmt.Sprintf("There is no file or folder %s.", path), Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &bot.Error{Kind: bot.ErrUnauthorized, Msg: fmt.Sprintf("%s may not be read by the user that Earshot runs as.", path), Err: err}
	}
	return &bot.Error{Kind: bot.ErrUnavailable, Msg: fmt.Sprintf("%s cannot be read at the moment.", path), Err: err}
}

// progress is the share of all bytes that has been read.
func progress(targets []target, pos position) float64 {
	var read, size int64
	for _, t := range targets {
		size += t.info.Size()
		if m := pos.Files[t.name]; m.Done {
			read += t.info.Size()
		} else {
			read += min(m.Offset, t.info.Size())
		}
	}
	if size == 0 {
		return 1
	}
	return float64(read) / float64(size)
}
