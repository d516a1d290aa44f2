package x

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"earshot/bot/source/sourcetest"
)

// tape is a recording of exchanges with X.
type tape struct {
	Interactions []struct {
		Request struct {
			Method string
			URI    string
		}
		Response struct {
			Body struct{ String string }
		}
	}
}

// TestRecordedAnswers: what X said is read without loss.
func TestRecordedAnswers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sourcetest.Shared(t), "fixtures", "x", "*.yaml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	src := must(t, Settings{Terms: []string{"kettle"}, Bearer: bearer})
	read, posted := 0, 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var one tape
		if err := yaml.Unmarshal(raw, &one); err != nil {
			t.Fatal(err)
		}
		for _, x := range one.Interactions {
			var got found
			if err := json.Unmarshal(unpacked(t, []byte(x.Response.Body.String)), &got); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if x.Request.Method == "POST" {
				if p := (post{}); json.Unmarshal(got.Data, &p) != nil || number(p.ID) == 0 {
					t.Errorf("what was posted is read as %+v", p)
				}
				posted++
			}
			for _, raw := range got.list() {
				it := readPost(raw)
				if it.post.Created == "" { // nobody asked for dates there
					it.err = nil
				}
				m := src.mention(it.post, got.Includes)
				m.CreatedAt = madeAt(m.ExternalID)
				sourcetest.Sound(t, m)
				if it.err != nil || m.Text == "" || strings.Contains(m.Text, "&amp;") || m.CreatedAt.Year() != 2022 || got.Meta.Count == nil {
					t.Errorf("%s: %v, read as %+v", filepath.Base(name), it.err, m)
				}
				read++
			}
		}
	}
	if read < 15 || posted != 1 {
		t.Errorf("%d recorded posts were read, and %d that was posted", read, posted)
	}
}

// unpacked gives a body that was recorded as it came, in gzip.
func unpacked(t *testing.T, body []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
