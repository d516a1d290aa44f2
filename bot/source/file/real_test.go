package file

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// shared gives the folder with the real data that is not part of the project.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("EARSHOT_SHARED")
	switch {
	case dir != "":
		return dir
	case os.Getenv("CI") == "true":
		t.Fatal("EARSHOT_SHARED names no folder; in CI the tests on real data must run")
	default:
		t.Skip("EARSHOT_SHARED names no folder with the shared data")
	}
	return ""
}

func TestAirlineTweets(t *testing.T) {
	path := filepath.Join(shared(t), "data", "airline", "dev.csv")
	watches := map[string]int{}
	ids := map[string]bool{}
	var rejected []bot.Rejected
	err := Import(t.Context(), Settings{Path: path, Map: map[string]string{"watch": "airline"}}, env(), func(_ context.Context, b bot.Batch) error {
		for _, m := range b.Mentions {
			watches[strings.Join(m.Watches, "|")]++
			ids[m.ExternalID] = true
			if m.Author.Handle == "" || m.CreatedAt.Year() != 2015 || m.Attrs["sentiment"] == "" {
				t.Errorf("%+v", m)
			}
		}
		rejected = append(rejected, b.Rejected...)
		return nil
	})
	if err != nil || len(rejected) != 0 {
		t.Fatalf("error %v, rejected %v", err, rejected)
	}
	if len(ids) != 8464 || len(watches) != 3 || watches["United"] == 0 {
		t.Errorf("%d tweets of %v, want 8464 of three airlines", len(ids), watches)
	}
}

func TestClothingReviews(t *testing.T) {
	path := filepath.Join(shared(t), "data", "reviews", "clothing_sample.csv")
	n, ids := 0, map[string]bool{} // some reviews are a rating alone
	err := Import(t.Context(), Settings{Path: path, Watch: "Shop"}, env(), func(_ context.Context, b bot.Batch) error {
		for _, m := range b.Mentions {
			n++
			ids[m.ExternalID] = true
			if !m.Rating.Given() || m.Rating.Of != 5 || m.Watches[0] != "Shop" || m.Attrs["Age"] == "" {
				t.Errorf("%+v", m)
			}
		}
		if len(b.Rejected) != 0 {
			t.Errorf("rejected %v", b.Rejected)
		}
		return nil
	})
	if err != nil || n != 1000 || len(ids) != n {
		t.Errorf("%d reviews with %d ids, error %v; want 1000", n, len(ids), err)
	}
}

// tweets writes n rows like those of an export: eight columns, some quoted.
func tweets(b *testing.B, n int, row func(i int) string, head string) string {
	b.Helper()
	var s strings.Builder
	s.WriteString(head)
	for i := range n {
		s.WriteString(row(i))
	}
	path := filepath.Join(b.TempDir(), "rows")
	if err := os.WriteFile(path, []byte(s.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func benchmark(b *testing.B, path, format string, n int) {
	began := time.Now()
	for b.Loop() {
		rows := 0
		err := Import(b.Context(), Settings{Path: path, Format: format, Map: map[string]string{"watch": "airline"}}, env(), func(_ context.Context, batch bot.Batch) error {
			rows += len(batch.Mentions)
			return nil
		})
		if err != nil || rows != n {
			b.Fatalf("%d rows, error %v", rows, err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/time.Since(began).Seconds(), "rows/s")
}

const benchRows = 100_000

func BenchmarkCSV(b *testing.B) {
	path := tweets(b, benchRows, func(i int) string {
		return fmt.Sprintf("5703070262633%05d,2015-02-24T11:39:25-08:00,United,user%d,\"@united Delayed due to lack of crew, and now again: there's a long line for \"\"deicing\"\"\",0,negative,Late Flight\n", i, i%5000)
	}, "id,created_at,airline,author,text,retweets,sentiment,reason\n")
	benchmark(b, path, "csv", benchRows)
}

func BenchmarkNDJSON(b *testing.B) {
	path := tweets(b, benchRows, func(i int) string {
		return fmt.Sprintf(`{"id":"5703070262633%05d","created_at":"2015-02-24T11:39:25-08:00","airline":"United","author":"user%d","text":"@united Delayed due to lack of crew, and now again: there's a long line","retweets":0,"sentiment":"negative"}`+"\n", i, i%5000)
	}, "")
	benchmark(b, path, "ndjson", benchRows)
}
