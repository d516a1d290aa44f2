package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// queueTable is River's.
const queueTable = "river_job"

// jobShelf is the queue: what is still to be done, and what was given up and
// stays to be seen. Jobs that are done stay behind.
func jobShelf() shelf {
	return shelf{name: queueTable, jobs: true, key: []int{0}, columns: []shelfColumn{
		{"id", holdsInteger}, {"state", holdsText}, {"attempt", holdsInteger}, {"max_attempts", holdsInteger}, {"priority", holdsInteger},
		{"kind", holdsText}, {"queue", holdsText}, {"args", holdsText}, {"metadata", holdsText}, {"errors", holdsText},
		{"scheduled_at", holdsInteger}, {"created_at", holdsInteger}, {"attempted_at", holdsInteger}, {"finalized_at", holdsInteger},
	}}
}

// jobsMoved chooses the jobs that are copied.
const jobsMoved = `state NOT IN ('completed', 'cancelled')`

// jobPage is the statement that reads a page of jobs: with the texts of JSON,
// and times as the engine gives them.
func jobPage(d *dialect, first bool) string {
	where := jobsMoved
	if !first {
		where += ` AND id > ?1`
	}
	return `SELECT id, state, attempt, max_attempts, priority, kind, queue, ` + d.jobs.texts + `,
  scheduled_at, created_at, attempted_at, finalized_at FROM river_job WHERE ` + where + ` ORDER BY id`
}

// settleJob makes the values of a job alike on both engines: times are
// milliseconds, JSON is written in one way. What a process that is gone had in
// hand is to be taken up, as after any end of it.
func settleJob(row []any) error {
	if row[1] == "running" {
		row[1] = "available"
	}
	for _, i := range []int{7, 8, 9} {
		text, _ := row[i].(string)
		again, err := sameJSON(text)
		if err != nil {
			return err
		}
		row[i] = again
	}
	for i := 10; i < len(row); i++ {
		if t, ok := row[i].(time.Time); ok {
			row[i] = t.UnixMilli()
		}
	}
	return nil
}

// sameJSON writes JSON anew: keys in order, no spaces, and no text in it that
// PostgreSQL cannot keep.
func sameJSON(text string) (string, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", fmt.Errorf("read JSON: %w", err)
	}
	return encode(cleanJSON(v))
}

func cleanJSON(v any) any {
	switch v := v.(type) {
	case string:
		return cleanText(v)
	case []any:
		for i := range v {
			v[i] = cleanJSON(v[i])
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, of := range v {
			out[cleanText(k)] = cleanJSON(of)
		}
		return out
	}
	return v
}

// putJobs inserts jobs that were settled.
func (t *tx) putJobs(ctx context.Context, rows [][]any) error {
	for _, row := range rows {
		args := append([]any(nil), row...)
		for i := 10; i < len(args); i++ {
			if n, ok := args[i].(int64); ok {
				args[i] = t.dialect.jobs.time(time.UnixMilli(n))
			}
		}
		if _, err := t.exec(ctx, t.dialect.jobs.put, args...); err != nil {
			return err
		}
	}
	return nil
}
