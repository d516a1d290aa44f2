package store

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"earshot/bot"
)

// crowd makes batches in which the same mentions and authors come again and
// again: as they were, edited, taken back, under another name, or anonymous.
func crowd(rnd *rand.Rand, batches int) (out [][]bot.Heard) {
	for range batches {
		var batch []bot.Heard
		for range 1 + rnd.IntN(25) {
			who := rnd.IntN(6)
			h := said(fmt.Sprint("m", rnd.IntN(60)), fmt.Sprint("user", who), fmt.Sprint("text ", rnd.IntN(2)))
			h.Mention.Source = []string{"masto", "reviews"}[rnd.IntN(2)]
			h.Mention.Author.Followers = rnd.IntN(3)
			h.Mention.Author.Staff = rnd.IntN(9) == 0
			switch rnd.IntN(8) {
			case 0:
				h.Mention.Author = bot.Author{Followers: -1}
			case 1:
				h.Mention.Author.Email = fmt.Sprintf("person%d@example.org", who)
			case 2:
				h.Mention.Author.Handle += "\x00\xff"
			case 3:
				h.Mention.Deleted = true
			}
			batch = append(batch, h)
		}
		out = append(out, batch)
	}
	return out
}

// What is asked for and written together on a server comes to the same as one
// after the other in a file: what became of each mention, who said it, and what
// is stored in the end.
func TestBatchesAreAlike(t *testing.T) {
	batches := crowd(rand.New(rand.NewPCG(5, 6)), 40)
	type ending struct {
		Saved    []bot.Saved
		Mentions []bot.Reading
		Dirty    int64
	}
	var ends []ending
	for _, s := range []*Store{open(t), openOnPostgres(t)} {
		for i := range 3 {
			if _, _, err := s.SaveCustomers(t.Context(), []bot.Customer{{ExternalID: fmt.Sprint("c", i), Email: fmt.Sprintf("Person%d@example.org", i), Handles: []string{fmt.Sprint("user", i+2)}}}); err != nil {
				t.Fatal(err)
			}
		}
		var e ending
		for _, b := range batches {
			e.Saved = append(e.Saved, save(t, s, b...)...)
		}
		e.Mentions = must(s.Mentions(t.Context(), bot.MentionFilter{Limit: 1000}))(t)
		e.Dirty = count(t, s, `SELECT count(*) FROM dirty_days`)
		ends = append(ends, e)
	}
	// An id is spent on a server for each mention that is there already; and whoever
	// the stored author of an anonymous edit is, is asked after the whole batch.
	ids := cmp.FilterPath(func(p cmp.Path) bool {
		s := p.String()
		return s == "Saved.ID" || s == "Saved.CustomerID" || s == "Mentions.Mention.ID"
	}, cmp.Ignore())
	order := cmpopts.SortSlices(func(a, b bot.Reading) bool {
		return a.Mention.Source+a.Mention.ExternalID < b.Mention.Source+b.Mention.ExternalID
	})
	if d := cmp.Diff(ends[0], ends[1], ids, order); d != "" {
		t.Fatal(d)
	}
	seen := map[bot.Outcome]int{}
	for _, s := range ends[0].Saved {
		seen[s.Outcome]++
	}
	if len(seen) != 3 || seen[bot.Edited] < 50 {
		t.Fatalf("the batches say little: %v", seen)
	}
}
