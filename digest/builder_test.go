package digest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

var update = flag.Bool("update", false, "write the golden files anew")

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// larkspur is a store with two weeks of a fault: the first calm, the second
// with complaints about firmware.
func larkspur(t *testing.T) (*memory, Audience) {
	var rs []bot.Reading
	id := int64(0)
	say := func(week int, n int, stance bot.Stance, topic, text string) {
		for i := range n {
			id++
			r := said(id, id, float64(168*week)+float64(i%160), stance, nil)
			r.Mention.Text, r.Mention.URL = text, fmt.Sprintf("https://example.org/%d", id)
			r.Mention.Source = []string{"mastodon", "reviews"}[i%2]
			r.Verdict.Topics = []bot.TopicHit{{Name: topic}}
			rs = append(rs, r)
		}
	}
	say(-1, 90, bot.Promoter, "Support", "Best support I ever had, they called back within the hour.")
	say(-1, 80, bot.Passive, "Delivery", "It came on the day that they said, though the box was torn.")
	say(-1, 6, bot.Detractor, "Firmware", "The update took an evening and I am not happy with it.")
	say(-1, 40, bot.Unqualified, "Price", "How much is the Larkspur now?")
	say(0, 92, bot.Promoter, "Support", "Best support I ever had, they called back within the hour.")
	say(0, 84, bot.Passive, "Delivery", "It came on the day that they said, though the box was torn.")
	say(0, 61, bot.Detractor, "Firmware", "Second machine dead after 4.2, and it smells burnt.")
	say(0, 30, bot.Unqualified, "Price", "How much is the Larkspur now?")
	m := newMemory(rs...)
	m.work = bot.WorkStats{Opened: 63, Answered: 58, Resolved: 40, Unanswered: 5, FirstAnswer: []time.Duration{5 * time.Minute, 22 * time.Minute, 3 * time.Hour}}
	m.answers = bot.AnswerStats{Answers: 61, Cases: 58, WroteAgain: 21, Better: 4, Worse: 1, Likes: 37, Gone: 1}
	since := monday().Add(34 * time.Hour)
	m.spikes = []bot.Spike{{ID: 7, State: bot.SpikeOver, Series: bot.Series{Watch: "Larkspur", Topic: "Firmware", Negative: true}, Since: since, ClosedAt: since.Add(5 * time.Hour), Count: 126, Expected: 19}}
	m.states = []bot.SourceState{{Name: "mastodon"}, {Name: "reddit", QuietFrom: monday().Add(3*24*time.Hour + 13*time.Hour)}, {Name: "reviews"}}
	m.replies = []bot.Reply{{ID: 1, CreatedAt: monday().AddDate(0, 0, 7)}, {ID: 2, CreatedAt: monday().AddDate(0, 0, 7)}}
	m.cases = []bot.Case{{Urgency: bot.UrgencyCritical}, {DueAt: monday()}}
	return m, Audience{Name: "leadership", Watches: []string{"Larkspur"}, Zone: zone(t, "Europe/Berlin"), Spec: "0 9 * * 1", Period: Period{Days: 7},
		Places: []bot.Place{{Platform: "slack", Channel: "#leads"}, {Platform: "console", Channel: "leads"}}}
}

// made is when the digest is made: Monday at 09:00 in Berlin.
func made() time.Time { return monday().AddDate(0, 0, 7).Add(8 * time.Hour) }

func builder(m *memory, audiences ...Audience) *Builder {
	return NewBuilder(m, Settings{Audiences: audiences, Now: made, Log: quiet()})
}

// words draws a view as plain lines, for golden files.
func words(v bot.View) string {
	var b strings.Builder
	spans := func(ss []bot.Span) string {
		var s string
		for _, x := range ss {
			switch x.Kind {
			case bot.SpanStrong:
				s += "**" + x.Text + "**"
			case bot.SpanLink:
				s += "[" + x.Text + "](" + x.URL + ")"
			default:
				s += x.Text
			}
		}
		return s
	}
	fmt.Fprintln(&b, "notice:", v.Notice)
	for _, k := range v.Blocks {
		fmt.Fprintf(&b, "%s: %s", k.Kind, spans(k.Spans))
		for _, r := range k.Rows {
			fmt.Fprintf(&b, "\n  %-22s %s", r.Label, spans(r.Spans))
		}
		if k.Image != nil {
			fmt.Fprintf(&b, "%s (%s)", k.Image.Name, k.Image.Alt)
		}
		for _, m := range k.Menus {
			fmt.Fprintf(&b, "%s", m.Label)
			for _, o := range m.Options {
				fmt.Fprintf(&b, "\n  %s → %s", o.Label, o.Action)
			}
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestDigest makes a digest from its job to what people see.
func TestDigest(t *testing.T) {
	m, a := larkspur(t)
	b := builder(m, a)
	from, to := a.Period.Before(made(), a.Zone)
	m.digests[3] = bot.Digest{ID: 3, Audience: a.Name, Slot: made(), From: from, To: to, Zone: a.Zone.String()}
	for range 2 { // the job may run twice
		if err := b.Make(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.deliveries) != 2 || m.deliveries[0].Kind != bot.DeliverDigest || m.deliveries[0].Target != 3 || m.deliveries[1].Channel != "leads" {
		t.Errorf("deliveries %+v", m.deliveries)
	}
	v, err := b.View(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "digest.txt", words(v))
	images := 0
	for _, k := range v.Blocks {
		if k.Kind == bot.BlockImage {
			images++
			if _, err := png.Decode(bytes.NewReader(k.Image.PNG)); err != nil {
				t.Errorf("%s: %v", k.Image.Name, err)
			}
		}
	}
	if images != 3 {
		t.Errorf("%d charts, want 3", images)
	}
}

// TestDigestJSON checks the form that scripts read.
func TestDigestJSON(t *testing.T) {
	m, a := larkspur(t)
	from, to := a.Period.Before(made(), a.Zone)
	r, err := builder(m).Preview(t.Context(), a, from, to)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		NPS map[string]any `json:"social_nps"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"score", "low", "high", "authors", "coverage"} {
		if _, ok := got.NPS[k].(float64); !ok {
			t.Errorf("social_nps has no number %s: %v", k, got.NPS)
		}
	}
	if m.rolledUp == 0 || len(m.deliveries) != 0 {
		t.Errorf("a preview rolled up %d days and queued %d deliveries", m.rolledUp, len(m.deliveries))
	}
	before := m.rolledUp
	if _, err := builder(m).Preview(t.Context(), a, from, to); err != nil || m.rolledUp != before {
		t.Errorf("the second preview rolled up again: %d days, %v", m.rolledUp-before, err)
	}
}

// TestDigestOfLittle checks what is said where there is nothing to say.
func TestDigestOfLittle(t *testing.T) {
	m := newMemory(said(1, 1, 5, bot.Detractor, nil), said(2, 2, 9, bot.Promoter, nil))
	a := WatchAudience("Larkspur", time.UTC)
	r, err := builder(m).Preview(t.Context(), a, monday(), monday().AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "little.txt", words(r.View(made(), time.UTC)))
	empty, err := builder(newMemory()).Preview(t.Context(), a, monday(), monday().AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "empty.txt", words(empty.View(made(), time.UTC)))
}

// TestDigestSurvivesHostileText checks that names and quotes stay text.
func TestDigestSurvivesHostileText(t *testing.T) {
	m, a := larkspur(t)
	a.Watches = []string{"Larkspur"}
	for i := range m.readings {
		m.readings[i].Mention.Text = "<!channel> @everyone *bold* \u202ereversed\nand a second line, which is long enough"
		m.readings[i].Mention.URL = "javascript:alert(1)"
		m.readings[i].Verdict.Topics = []bot.TopicHit{{Name: "a|b\nc 🙂"}}
	}
	r, err := builder(m).Preview(t.Context(), a, monday(), monday().AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	r.Digest = 5
	got := words(r.View(made(), time.UTC))
	for _, bad := range []string{"javascript:", "\u202e", "b\nc"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q is in the digest:\n%s", bad, got)
		}
	}
}

// TestMakeIsOneTransaction checks that a failure leaves nothing half done.
func TestMakeIsOneTransaction(t *testing.T) {
	for _, method := range []string{"AddDelivery", "SaveRollup", "Mentions"} {
		m, a := larkspur(t)
		m.digests[3] = bot.Digest{ID: 3, Audience: a.Name, From: monday(), To: monday().AddDate(0, 0, 7), Zone: "UTC"}
		m.failAt = method
		if err := builder(m, a).Make(t.Context(), 3); !errors.Is(err, errBroken) {
			t.Errorf("%s fails and Make says %v", method, err)
		}
		if len(m.digests[3].Body) != 0 || len(m.deliveries) != 0 {
			t.Errorf("%s fails and something is left: %d deliveries", method, len(m.deliveries))
		}
	}
}

func TestCasesBehind(t *testing.T) {
	r := Report{Watch: "Larkspur", From: monday(), To: made()}
	if f, ok := r.CasesBehind("topic:Firmware"); !ok || f.Topic != "Firmware" || f.Watch != "Larkspur" || !f.From.Equal(monday()) {
		t.Errorf("%+v %t", f, ok)
	}
	if _, ok := r.CasesBehind("what"); ok {
		t.Error("an unknown argument is taken")
	}
	m, a := larkspur(t)
	b := builder(m, a)
	d, _, err := m.CreateDigest(t.Context(), bot.Digest{Audience: a.Name, Slot: made(), From: monday(), To: monday().AddDate(0, 0, 7)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.CasesBehind(t.Context(), d.ID, "all"); bot.KindOf(err) != bot.ErrNotFound {
		t.Errorf("of a digest that is not made: %v", err)
	}
	if err := b.Make(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if f, err := b.CasesBehind(t.Context(), d.ID, "all"); err != nil || f.Watch != "Larkspur" || !f.From.Equal(monday()) {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := b.CasesBehind(t.Context(), d.ID, "what"); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("an unknown argument: %v", err)
	}
}

func TestAudienceCheck(t *testing.T) {
	_, a := larkspur(t)
	if err := a.Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(a *Audience){
		"section": func(a *Audience) { a.Sections = []string{"weather"} },
		"watch":   func(a *Audience) { a.Watches = nil },
		"zone":    func(a *Audience) { a.Zone = nil },
		"name":    func(a *Audience) { a.Name = "" },
		"spec":    func(a *Audience) { a.Spec = "@every 1h" },
	} {
		b := a
		change(&b)
		if err := b.Check(); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	m := newMemory()
	for i, body := range million(1_000_000) {
		m.rollups[monday().AddDate(0, 0, i)] = body
	}
	a := WatchAudience("Larkspur", time.UTC)
	build := builder(m)
	b.ResetTimer()
	for range b.N {
		r, err := build.Preview(b.Context(), a, monday(), monday().AddDate(0, 0, 30))
		if err != nil {
			b.Fatal(err)
		}
		r.View(made(), time.UTC)
	}
}
