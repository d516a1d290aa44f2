package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read golden file (run the test with -update to write it): %v", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func pretty(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// drawnBlocks draws v as it is posted; charts are the file F1.
func drawnBlocks(v bot.View) (string, map[string]bool) {
	pictures := map[*bot.Image]string{}
	for _, b := range v.Blocks {
		if b.Image != nil && len(b.Image.PNG) > 0 {
			pictures[b.Image] = "F1"
		}
	}
	d := drawing{most: maxBlocks, pictures: pictures}
	raw, err := json.Marshal(d.blocks(v))
	if err != nil {
		panic(err) // blocks always encode
	}
	if string(raw) == "null" {
		raw = []byte("[]")
	}
	return string(raw), map[string]bool{"F1": true}
}

func TestGoldenViews(t *testing.T) {
	for _, v := range platformtest.Views() {
		t.Run(v.Name, func(t *testing.T) {
			raw, files := drawnBlocks(v.View)
			if errs := checkBlocks(raw, false, files); len(errs) > 0 {
				t.Errorf("Slack would refuse it: %q", errs)
			}
			var blocks any
			if err := json.Unmarshal([]byte(raw), &blocks); err != nil {
				t.Fatal(err)
			}
			golden(t, v.Name+".json", pretty(t, map[string]any{"text": notice(v.View), "blocks": blocks}))
		})
	}
}

func TestGoldenForms(t *testing.T) {
	from := origin{Channel: "C0SUPPORT", Message: "1.000002"}
	for name, f := range map[string]bot.Form{"form_reply": platformtest.ReplyForm("Hello Hilda"), "form_preview": platformtest.Preview("We are <sorry> & send *one*")} {
		t.Run(name, func(t *testing.T) { golden(t, name+".json", pretty(t, modal(f, from))) })
	}
}

// TestHostileViews draws views of any shape: Slack's limits hold, nobody is
// woken, nothing leads anywhere but to the web.
func TestHostileViews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := platformtest.AnyView().Draw(t, "view")
		raw, files := drawnBlocks(v)
		if errs := checkBlocks(raw, false, files); len(errs) > 0 {
			t.Fatalf("Slack would refuse it: %q", errs)
		}
		harmless(t, raw)
		if n := notice(v); units(slackEscape(n)) > maxNotice || n == "" {
			t.Fatalf("notice %q", n)
		}
		f := bot.Form{Action: bot.ActionID{Name: "x"}, Title: v.Notice, Submit: v.Notice, Intro: v.Blocks, Fields: []bot.Field{{Name: "a", Label: v.Notice, Hint: v.Notice, Value: v.Notice, Kind: bot.FieldLong}}}
		var view map[string]any
		if err := json.Unmarshal(pretty2(modal(f, origin{})), &view); err != nil {
			t.Fatal(err)
		}
		if errs := checkModal(view, files); len(errs) > 0 {
			t.Fatalf("Slack would refuse the form: %q", errs)
		}
	})
}

func pretty2(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // views always encode
	}
	return b
}

// failer is a test of either kind.
type failer interface{ Fatalf(string, ...any) }

func harmless(t failer, raw string) {
	p := readBlocks(raw)
	if len(p.pings) > 0 {
		t.Fatalf("it wakes %q", p.pings)
	}
	for _, l := range p.links {
		if !strings.HasPrefix(l, "http://") && !strings.HasPrefix(l, "https://") {
			t.Fatalf("it leads to %q", l)
		}
	}
	for _, b := range p.actions {
		if b.url == "" {
			if _, err := bot.ParseActionID(b.value); err != nil {
				t.Fatalf("a button says %q: %v", b.value, err)
			}
		}
	}
}

func TestEscape(t *testing.T) {
	w := joiner
	for in, want := range map[string]string{
		"a & b <c> &amp;": "a &amp; b &lt;c&gt; &amp;amp;", "<!here>": "&lt;!here&gt;", "*b*": w + "*" + w + "b" + w + "*" + w, "snake_case": "snake" + w + "_" + w + "case",
		":tada: 12:04": ":" + w + "tada" + w + ": 12:04", "`x`": w + "`" + w + "x" + w + "`" + w, "plain – “text”": "plain – “text”",
	} {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzText puts any text everywhere: what is read back is what was written,
// as far as it fits, and nothing of it is markup.
func FuzzText(f *testing.F) {
	for _, s := range platformtest.Texts() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		span := bot.Plain(platformtest.Canary + " " + s)
		v := bot.View{Notice: s, Blocks: []bot.Block{{Kind: bot.BlockState, Spans: []bot.Span{span}}, bot.Line(span), {Kind: bot.BlockQuote, Spans: []bot.Span{span, bot.Link(s, s)}},
			{Kind: bot.BlockByline, Spans: []bot.Span{bot.Link(s, "https://ok.example/"+s), {Kind: bot.SpanStrong, Text: s}}}}}
		raw, files := drawnBlocks(v)
		if errs := checkBlocks(raw, false, files); len(errs) > 0 {
			t.Fatalf("Slack would refuse it: %q", errs)
		}
		harmless(t, raw)
		lines := readBlocks(raw).lines
		if want := strings.TrimRight(words(span), " "); size(want) < 1000 && escapedSize(want) < maxContextText && strings.Join(strings.Fields(lines[0]), " ") != strings.Join(strings.Fields(want), " ") {
			t.Fatalf("the quiet line reads %q, want %q", lines[0], want)
		}
	})
}
