package reddit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"earshot/bot/source/sourcetest"
)

// tape is a recorded exchange with Reddit.
type tape struct {
	Interactions []exchange `json:"interactions"`
	HTTP         []exchange `json:"http_interactions"`
}

type exchange struct {
	Request struct {
		Method, URI string
	} `json:"request"`
	Response struct {
		Body struct {
			String string `json:"string"`
		} `json:"body"`
	} `json:"response"`
}

// TestRecordedAnswers: what Reddit said is read without loss.
func TestRecordedAnswers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sourcetest.Shared(t), "fixtures", "reddit", "*.json"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	src := must(t, Settings{Subreddits: []string{"kettles"}})
	read := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var one tape
		unmasked := strings.NewReplacer("<TEST_SUBREDDIT>", "test", "<USERNAME>", "somebody").Replace(string(raw))
		if err := json.Unmarshal([]byte(unmasked), &one); err != nil {
			t.Fatal(err)
		}
		for _, x := range append(one.Interactions, one.HTTP...) {
			if strings.HasSuffix(x.Request.URI, "access_token") {
				continue
			}
			for _, it := range heard(t, x) {
				m := src.mention(it.thing)
				sourcetest.Sound(t, m)
				if it.err != nil || it.other || m.Text == "" && !it.thing.gone() || m.Author.Handle == "" || m.URL == "" || m.CreatedAt.Year() < 2010 {
					t.Errorf("%s: %v, read as %+v", filepath.Base(name), it.err, m)
				}
				read++
			}
		}
	}
	if read < 300 {
		t.Errorf("only %d recorded things were read", read)
	}
}

// heard gives the things of a recorded answer.
func heard(t *testing.T, x exchange) []item {
	t.Helper()
	var list children
	body := []byte(x.Response.Body.String)
	if strings.Contains(x.Request.URI, "/api/comment") {
		var took sent
		if err := json.Unmarshal(body, &took); err != nil || len(took.JSON.Errors) > 0 {
			t.Fatalf("%s: %v", body, err)
		}
		list.Data.Children = took.JSON.Data.Things
	} else if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	p, err := list.read()
	if err != nil {
		t.Fatal(err)
	}
	return p.items
}
