package console

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func testRenderer(t testing.TB) *renderer {
	t.Helper()
	r, err := newRenderer(platformtest.Noon)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// golden compares got with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".html")
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
		t.Errorf("%s differs (run with -update if that is meant):\n%s", path, diff)
	}
}

func TestViewsGolden(t *testing.T) {
	r := testRenderer(t)
	for _, v := range platformtest.Views() {
		t.Run(v.Name, func(t *testing.T) {
			got, err := r.message(drawnFrom(bot.StoredMessage{ID: 4, Channel: "triage", View: v.View, At: platformtest.Noon()}, 2))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "view_"+v.Name, got)
		})
	}
	note, err := r.note(bot.Say("Ann has case 1042 already."), origin{Channel: "triage", Message: "4", Place: "m4"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "note", note)
}

func TestFormsGolden(t *testing.T) {
	r := testRenderer(t)
	at := origin{Channel: "triage", Message: "4", Place: "m4"}
	for name, f := range map[string]bot.Form{"form": platformtest.ReplyForm("Hello Hilda"), "preview": platformtest.Preview("We are <sorry> & send *one*\n  tomorrow")} {
		got, err := r.form(f, at)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, got)
	}
}

func TestRelative(t *testing.T) {
	now := platformtest.Noon()
	for want, at := range map[string]time.Duration{
		"just now": -4 * time.Second, "5 s ago": -5 * time.Second, "in 20 s": 20 * time.Second, "59 min ago": -time.Hour + time.Second,
		"1 h ago": -119 * time.Minute, "in 18 min": 18*time.Minute + time.Second, "1 day ago": -25 * time.Hour, "6 days ago": -6*24*time.Hour - time.Hour,
		"1 Mar 2026": -8 * 24 * time.Hour,
	} {
		if got := relative(now.Add(at), now); got != want {
			t.Errorf("relative(%v) = %q, want %q", at, got, want)
		}
	}
}

// elements are those that the templates write; nothing else may come of a view.
var elements = []string{"html", "head", "body", "div", "section", "article", "header", "footer", "p", "h2", "h3", "blockquote", "a", "time", "strong", "span", "b",
	"button", "dl", "dt", "dd", "figure", "img", "svg", "path", "circle", "rect", "pre", "hr", "details", "summary", "form", "input", "textarea", "select", "option", "fieldset", "legend", "label", "ul", "li"}

// attributes are those that the templates write.
var attributes = []string{"class", "id", "href", "target", "rel", "datetime", "data-style", "type", "name", "value", "hx-post", "hx-get", "hx-target", "hx-swap", "hx-push-url", "hx-confirm",
	"data-menu", "aria-haspopup", "aria-expanded", "role", "popover", "aria-label", "tabindex", "viewbox", "viewBox", "aria-hidden", "d", "cx", "cy", "r", "x", "y", "width", "height", "rx",
	"data-item", "data-at", "data-thread", "data-replies", "data-count", "aria-live", "data-place", "data-dismiss", "data-copy", "dir", "src", "alt", "loading", "decoding",
	"data-close", "autocomplete", "data-field", "for", "rows", "data-max", "aria-describedby", "required", "checked", "selected", "data-back", "data-submit", "data-preview", "form", "hx-swap-oob", "data-value", "aria-selected"}

// harmless fails for markup that the templates did not write.
func harmless(t testing.TB, markup string) {
	t.Helper()
	for n := range parse(markup).Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("a comment: %q", n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(elements, n.Data) {
			t.Errorf("an element <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if !slices.Contains(attributes, a.Key) {
				t.Errorf("an attribute %s on <%s>", a.Key, n.Data)
			}
			address := a.Key == "href" || a.Key == "src"
			if address && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "/c/") && !strings.HasPrefix(a.Val, "/m/") && !strings.HasPrefix(a.Val, "data:image/png;base64,") {
				t.Errorf("an address %q on <%s>", a.Val, n.Data)
			}
			if a.Key == "href" && strings.HasPrefix(a.Val, "http") && attr(n, "rel") != "noopener noreferrer nofollow" {
				t.Errorf("a link without rel: %q", a.Val)
			}
			if ours := map[string]string{"hx-post": "/act", "hx-get": "/c/", "hx-target": "#thread", "hx-swap": "outerHTML", "hx-swap-oob": "true"}[a.Key]; !strings.HasPrefix(a.Val, ours) {
				t.Errorf("an order to htmx: %s=%q", a.Key, a.Val)
			}
			if a.Key == "src" && strings.HasPrefix(a.Val, "http") {
				t.Errorf("a picture of another host: %q", a.Val)
			}
		}
	}
}

// everywhere draws text in every place that a text can stand.
func everywhere(t testing.TB, r *renderer, text string) []string {
	t.Helper()
	var out []string
	keep := func(s string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	v := textView(text)
	keep(r.message(drawnFrom(bot.StoredMessage{ID: 4, Channel: text, View: v}, 1)))
	done := v
	done.Accent = bot.AccentDone
	keep(r.message(drawnFrom(bot.StoredMessage{ID: 5, Thread: 4, Channel: text, Key: noteKey, View: done}, 0)))
	keep(r.note(v, origin{Channel: text, Message: text, Place: text}))
	keep(r.form(bot.Form{Title: text, Submit: text, Intro: v.Blocks, Action: bot.ActionID{Name: text, Arg: text}, Back: &bot.Button{Label: text, Action: bot.ActionID{Name: text}},
		Fields: []bot.Field{{Name: text, Label: text, Hint: text, Value: text, Kind: bot.FieldLong}, {Name: text, Label: text, Hint: text, Value: text, Kind: bot.FieldText},
			{Name: text, Label: text, Kind: bot.FieldChoice, Options: []bot.Option{{Value: text, Label: text}}}}}, origin{Channel: text, Message: text, Place: text}))
	keep(r.execute("errors", fieldErrors(map[string]string{text: text}, map[string]string{text: text, "x": text})))
	keep(r.execute("completions", []optionData{{Value: text, Head: text, Label: text}}))
	return out
}

func textView(text string) bot.View {
	person := bot.Person{ID: text, Name: text}
	spans := []bot.Span{bot.Plain(text), bot.Strong(text), bot.Link(text, text), bot.Link(text, "https://ok.example/?q="+text), bot.Who(person), {Kind: bot.SpanKind(text), Text: text},
		{Kind: bot.SpanTime, Text: text, URL: text, Style: bot.TimeStyle(text), Time: platformtest.Noon()}}
	button := bot.Button{Label: text, Confirm: text, Action: bot.ActionID{Name: text, Arg: text}, Style: bot.ButtonStyle(text)}
	v := bot.View{Notice: text, Accent: bot.Accent(text), Blocks: []bot.Block{
		{Kind: bot.BlockQuote, Spans: spans, Image: &bot.Image{Name: text, Alt: text, URL: "https://ok.example/" + text}},
		{Kind: bot.BlockImage, Image: &bot.Image{Name: text, Alt: text, PNG: []byte(text), URL: text}},
		{Kind: bot.BlockImage, Image: &bot.Image{Alt: text, PNG: platformtest.Picture()}},
		{Kind: bot.BlockRows, Rows: []bot.Row{{Label: text, Spans: spans}}}, {Kind: bot.BlockCode, Text: text}, {Kind: bot.BlockKind(text), Text: text},
		{Kind: bot.BlockActions, Buttons: []bot.Button{button, {Label: text, URL: text}, {Label: text, URL: "http://ok.example/" + text}}, Menus: []bot.Menu{{Label: text, Options: []bot.Button{button, {Label: text, URL: "http://ok.example/" + text}}}}},
	}}
	for _, kind := range []bot.BlockKind{bot.BlockHeading, bot.BlockByline, bot.BlockLine, bot.BlockAlert, bot.BlockState} {
		v.Blocks = append(v.Blocks, bot.Block{Kind: kind, Spans: spans})
	}
	return v
}

// attacks are texts that break out of carelessly written markup.
func attacks() []string {
	return []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "javascript:alert(1)", "</textarea><script>alert(1)</script>", "</option></select><b>x",
		"--><svg onload=alert(1)>", "{{.}}", "<style>*{display:none}</style>", `" hx-get="/logout" hx-trigger="load`, "&lt;script&gt;", "\x00<script>", "data:text/html,<script>alert(1)</script>",
		"https://x\" onclick=\"alert(1)", "</dialog></html>", "<!--", "]]>", "`${alert(1)}`", "//evil.example/x", "\u202e<b>", "<template>", "<base href=//evil.example>", "a|b|c|d",
	}
}

func TestHostileTextStaysText(t *testing.T) {
	r := testRenderer(t)
	texts := attacks()
	for _, text := range platformtest.Texts() {
		texts = append(texts, text)
	}
	for _, text := range texts {
		for _, markup := range everywhere(t, r, text) {
			harmless(t, markup)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, text := range attacks() {
		f.Add(text)
	}
	r := testRenderer(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, markup := range everywhere(t, r, text) {
			harmless(t, markup)
		}
	})
}

func TestSpacesBetweenRunsStay(t *testing.T) {
	v := bot.View{Blocks: []bot.Block{bot.Line(bot.Strong("@hilda"), bot.Plain(" · Mastodon ·  "), bot.Plain("12 min\nago "), bot.Who(bot.Person{Name: "Ann"}))}}
	markup, err := testRenderer(t).execute("view", prepare(v, platformtest.Noon(), nil))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := words(parse(markup)), "@hilda · Mastodon · 12 min\nago Ann"; got != want {
		t.Errorf("it reads %q, want %q", got, want)
	}
}
