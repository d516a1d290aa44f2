package meter

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"earshot/bot"
	"earshot/bot/intake"
	"earshot/bot/vital"
)

var update = flag.Bool("update", false, "write metrics.md")

func newMeter(signs vital.Signs) *Meter {
	return New(Settings{
		Build: Build{Version: "1.2.3", Commit: "abc"}, Now: time.Now,
		Signs:   func(context.Context) vital.Signs { return signs },
		Sources: func() []bot.SourceState { return []bot.SourceState{{Name: "blog", Failures: 2, Progress: 1}} },
		Notices: func(context.Context) (int, error) { return 1, nil },
	})
}

// scrape is what Prometheus gets.
func scrape(t *testing.T, m *Meter) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code != 200 {
		t.Fatal(rec.Code, rec.Body)
	}
	return rec.Body.String()
}

// everything counts one of each.
func everything(m *Meter) {
	heard := bot.Heard{Mention: bot.Mention{CreatedAt: time.Unix(100, 0), SeenAt: time.Unix(103, 0)}, Verdict: bot.Verdict{Label: bot.Negative, Language: "en"}}
	m.Took("blog", intake.Result{Read: 5, New: 1, Duplicate: 2, Edited: 1, Rejected: 1, Flagged: 1, Opened: 1}, []bot.Heard{heard})
	for _, v := range []bot.Verb{bot.Claim, bot.Resolve, bot.Dismiss, bot.Merge, bot.ReplyIsQueued, bot.ReplySent, bot.ReplyTakenBack, bot.ReplyNotSent} {
		m.Happened(bot.Event{Verb: v})
	}
	d := bot.Delivery{Kind: bot.DeliverCard, State: bot.DeliverySent, Platform: "slack"}
	m.Delivered(d)
	m.Called(d, time.Second, nil)
	m.Called(bot.Delivery{Kind: bot.DeliverReply}, time.Second, fmt.Errorf("answer: %w", &bot.Error{Kind: bot.ErrRateLimited, RetryAfter: 3 * time.Second}))
	m.Reached("slack", 40*time.Millisecond)
	in := bot.Interaction{Platform: "slack", Kind: bot.DidPress}
	m.Accepted(in, time.Millisecond, true)
	m.Accepted(in, time.Millisecond, false)
	m.Handled(in, time.Millisecond)
	m.Worked(bot.JobDigest, time.Second, nil)
	m.Worked(bot.JobDeliver, time.Second, errors.New("no"))
	m.Spiked(bot.Spike{State: bot.SpikeOver})
}

// TestTable: metrics.md lists what is registered, and what it lists is there
// and named after Prometheus's conventions.
func TestTable(t *testing.T) {
	signs := vital.Signs{At: time.Unix(1000, 0), Serving: true, Due: 3, OldestDue: time.Unix(990, 0), Parked: 1,
		Queues: []bot.QueueState{{Name: "deliver", Waiting: 2, Oldest: time.Unix(995, 0)}}, Connectors: []vital.Connector{{Name: "slack"}}, Size: bot.StoreSize{Database: 9}}
	m := newMeter(signs)
	if *update {
		head := "# Metrics\n\nWhat `/metrics` of the address `admin.addr` tells, beside `go_*` and `process_*` of Prometheus's client.\n\n"
		if err := os.WriteFile("metrics.md", []byte(head+m.Table()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := os.ReadFile("metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(doc), "| metric |")
	if diff := cmp.Diff("| metric |"+table, m.Table()); diff != "" {
		t.Errorf("metrics.md is not up to date (-update writes it): %s", diff)
	}
	everything(m)
	got := scrape(t, m)
	for _, name := range regexp.MustCompile("`(earshot_[a-z_]+)`").FindAllStringSubmatch(table, -1) {
		if !strings.Contains(got, "# TYPE "+name[1]+" ") {
			t.Errorf("%s is in the table and not told", name[1])
		}
	}
	for _, name := range regexp.MustCompile(`# TYPE (earshot_[a-z_]+) `).FindAllStringSubmatch(got, -1) {
		if !strings.Contains(table, "`"+name[1]+"`") {
			t.Errorf("%s is told and not in the table", name[1])
		}
	}
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, prefix) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// TestFigures looks at some of the lines.
func TestFigures(t *testing.T) {
	m := newMeter(vital.Signs{At: time.Unix(1000, 0), OldestDue: time.Unix(990, 0), Queues: []bot.QueueState{{Name: "deliver", Waiting: 2, Oldest: time.Unix(995, 0)}}})
	everything(m)
	got := scrape(t, m)
	for _, want := range []string{
		`earshot_mentions_read_total{source="blog"} 5`,
		`earshot_mentions_total{outcome="duplicate",source="blog"} 2`,
		`earshot_verdicts_total{label="negative",language="en"} 1`,
		`earshot_cases_closed_total{how="dismissed"} 1`,
		`earshot_replies_total{state="sent"} 1`,
		`earshot_deliveries_total{kind="card",state="sent"} 1`,
		`earshot_rate_limited_total{platform="source"} 1`,
		`earshot_rate_limit_wait_seconds_total{platform="source"} 3`,
		`earshot_platform_calls_total{kind="reply",platform="source",result="rate_limited"} 1`,
		`earshot_mention_to_call_seconds_bucket{platform="slack",le="0.05"} 1`,
		`earshot_interactions_total{kind="press",outcome="repeated",platform="slack"} 1`,
		`earshot_jobs_total{kind="deliver",result="failed"} 1`,
		`earshot_digests_total{result="ok"} 1`,
		`earshot_source_lag_seconds{source="blog"} 3`,
		`earshot_source_up{source="blog"} 0`,
		`earshot_deliveries_oldest_due_seconds 10`,
		`earshot_queue_oldest_seconds{queue="deliver"} 5`,
		`earshot_build_info{commit="abc",`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in\n%s", want, got)
		}
	}
}

// TestStoreIsGone: what the store would have to say is left out, the rest is
// told.
func TestStoreIsGone(t *testing.T) {
	got := scrape(t, newMeter(vital.Signs{Serving: true, Store: errors.New("gone"), Connectors: []vital.Connector{{Name: "slack"}}}))
	if !strings.Contains(got, "earshot_ready 0") || !strings.Contains(got, `earshot_platform_connected{platform="slack"} 0`) || strings.Contains(got, "earshot_deliveries_due ") {
		t.Error(got)
	}
}

// TestBounded: whatever is put into a label, there are only so many series, and
// none of them is a long text.
func TestBounded(t *testing.T) {
	m := newMeter(vital.Signs{})
	for i := range 5 * maxValues {
		m.Took(fmt.Sprint("source ", i), intake.Result{Read: 1}, []bot.Heard{{Verdict: bot.Verdict{Language: fmt.Sprint("l", i)}}})
	}
	m.Took(strings.Repeat("a customer's words ", 20), intake.Result{Read: 1}, nil)
	m.Took("", intake.Result{Read: 1}, nil)
	got := scrape(t, m)
	if n := strings.Count(got, "earshot_mentions_read_total{"); n > maxValues+2 {
		t.Errorf("%d series", n)
	}
	if !strings.Contains(got, `earshot_mentions_read_total{source="other"}`) || !strings.Contains(got, `earshot_mentions_read_total{source="none"}`) || strings.Contains(got, "customer's words customer") {
		t.Error("what is above the bound is not counted together")
	}
}
