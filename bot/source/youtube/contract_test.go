package youtube

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"earshot/bot/source/sourcetest"
)

// TestRecordedAnswers: what YouTube said is read without loss.
func TestRecordedAnswers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sourcetest.Shared(t), "fixtures", "youtube", "*.json"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	src := must(t, Settings{Videos: []string{"video00"}, Key: key})
	read, answers := 0, 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range recorded(t, raw) {
			it := readComment(one)
			m := src.mention(it, "video00")
			sourcetest.Sound(t, m)
			if it.err != nil || m.Text == "" || m.Author.Key() == "" || m.Author.URL == "" || m.URL == "" || m.CreatedAt.Year() < 2019 || !m.EditedAt.IsZero() {
				t.Errorf("%s: %v, read as %+v", filepath.Base(name), it.err, m)
			}
			if read++; m.ParentID != "" {
				answers++
				if !strings.HasPrefix(m.ExternalID, m.ParentID+".") || topOf(m.ExternalID) != m.ParentID {
					t.Errorf("%s answers %s", m.ExternalID, m.ParentID)
				}
			}
		}
	}
	if read < 10 || answers < 3 {
		t.Errorf("only %d recorded comments were read, %d answers among them", read, answers)
	}
}

// recorded gives the comments of one recorded answer.
func recorded(t *testing.T, raw []byte) (all []json.RawMessage) {
	t.Helper()
	var got struct {
		Kind string `json:"kind"`
		answers
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	items := got.Items
	if items == nil {
		items = []json.RawMessage{raw}
	}
	for _, one := range items {
		var th thread
		if strings.HasPrefix(got.Kind, "youtube#commentThread") {
			if err := json.Unmarshal(one, &th); err != nil {
				t.Fatal(err)
			}
			one = th.Snippet.Top
		}
		all = append(all, one)
	}
	return all
}
