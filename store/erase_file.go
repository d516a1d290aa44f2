package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
)

const (
	sampleSize = 24 // bytes of a text that are looked for at least
	maxSamples = 50 // texts that are looked for
	scanChunk  = 1 << 20
)

// purge overwrites what was deleted. SQLite does it while it deletes, because
// the writer asks for that (sqlite.org/pragma.html#pragma_secure_delete), and
// so does the search index (sqlite.org/fts5.html#the_secure_delete_configuration_option);
// what a store from before that left behind goes by writing the file anew. It
// tells how many of the samples are in the files still: others may have said
// the same.
func (s *Store) purge(ctx context.Context, samples [][]byte) (purged bool, left int, err error) {
	if s.path == "" {
		return false, 0, s.vacuum(ctx)
	}
	old, _, err := one(ctx, s.reader(ctx), scanID, `SELECT count(*) FROM purges WHERE name = 'search'`)
	if err != nil {
		return false, 0, err
	}
	if old > 0 {
		if err := s.rewrite(ctx); err != nil {
			return false, 0, err
		}
		purged = true
	}
	if err := s.checkpoint(ctx); err != nil {
		return purged, 0, err
	}
	if left, err = findIn(samples, s.path, s.path+"-wal"); err != nil || left == 0 || purged {
		return purged, left, err
	}
	if err := s.vacuum(ctx); err != nil {
		return purged, left, err
	}
	left, err = findIn(samples, s.path, s.path+"-wal")
	return true, left, err
}

// rewrite puts the search index together anew and writes the file anew.
func (s *Store) rewrite(ctx context.Context) error {
	if _, err := s.exec(ctx, `INSERT INTO mentions_search (mentions_search) VALUES ('optimize')`); err != nil {
		return wrap("purge the search index", err)
	}
	if err := s.vacuum(ctx); err != nil {
		return err
	}
	_, err := s.exec(ctx, `DELETE FROM purges WHERE name = 'search'`)
	return wrap("purge the search index", err)
}

// vacuum writes the file anew (sqlite.org/lang_vacuum.html); on PostgreSQL it
// frees what was deleted. Nobody else writes meanwhile.
func (s *Store) vacuum(ctx context.Context) error {
	if _, err := s.w.ExecContext(ctx, `VACUUM`); err != nil {
		return wrap("write the store anew", err)
	}
	if s.path == "" {
		return nil
	}
	return s.checkpoint(ctx)
}

// checkpoint folds SQLite's log into the file and empties it.
func (s *Store) checkpoint(ctx context.Context) error {
	_, err := s.w.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return wrap("fold the log into the file", err)
}

// findIn counts the samples that occur in any of the files.
func findIn(samples [][]byte, files ...string) (int, error) {
	if len(samples) == 0 {
		return 0, nil
	}
	found := make([]bool, len(samples))
	for _, file := range files {
		if err := scanFile(file, samples, found); err != nil {
			return 0, wrap("look through "+file, err)
		}
	}
	n := 0
	for _, f := range found {
		if f {
			n++
		}
	}
	return n, nil
}

func scanFile(file string, samples [][]byte, found []bool) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	overlap := 0
	for _, s := range samples {
		overlap = max(overlap, len(s)-1)
	}
	buf := make([]byte, overlap+scanChunk)
	kept := 0
	for {
		n, err := io.ReadFull(f, buf[kept:])
		part := buf[:kept+n]
		for i, s := range samples {
			found[i] = found[i] || bytes.Contains(part, s)
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		}
		kept = copy(buf, part[len(part)-overlap:])
	}
}
