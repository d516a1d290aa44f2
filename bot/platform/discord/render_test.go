package discord

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
	"earshot/bot/platform/discord/discordtest"
	"earshot/bot/platform/platformtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares v, as JSON, with a file.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatalf("encode: %v", err)
	}
	goldenText(t, name+".json", got.String())
}

func goldenText(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read the golden file: %v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func TestGoldenViews(t *testing.T) {
	for _, v := range platformtest.Views() {
		t.Run(v.Name, func(t *testing.T) { golden(t, v.Name, draw(v.View, drawing{mark: markOf("earshot-1")})) })
	}
	ping := bot.Who(bot.Person{Platform: "discord", ID: discordtest.AnnID, Name: "Ann"})
	ping.Ping = true
	group := bot.Span{Kind: bot.SpanPerson, Text: "the duty managers", Ping: true, Person: &bot.Person{Platform: "discord", ID: "group:" + discordtest.AgentRole}}
	loud := bot.View{Notice: "Case 1042 is escalated", Accent: bot.AccentUrgent, Blocks: []bot.Block{bot.Line(bot.Plain("Escalated to "), ping, bot.Plain(" and "), group, bot.Plain(": legal"))}}
	t.Run("loud", func(t *testing.T) { golden(t, "loud", draw(loud, drawing{loud: true, mark: markOf("earshot-2")})) })
	t.Run("thumbnail", func(t *testing.T) {
		golden(t, "thumbnail", draw(bot.View{Notice: "x", Blocks: []bot.Block{{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain("“Look at this.\nIt burns.”")},
			Image: &bot.Image{URL: "https://media.example/a.jpg", Alt: "a burnt plug"}}}}, drawing{}))
	})
}

func TestGoldenForms(t *testing.T) {
	form := platformtest.ReplyForm("Hello Hilda")
	golden(t, "form", openModal(form))
	golden(t, "form_with_errors", openModal(withErrors(form, map[string]string{"text": "too long"}, map[string]string{"text": "That is too long by 3 characters.", "": "The case moved on."})))
	golden(t, "preview", preview(platformtest.Preview("Dear Hilda,\nwe are *sorry*.")))
}

// asSent is a message as Discord gets it, for the fake's reader.
func asSent(t interface{ Fatalf(string, ...any) }, m message) discordtest.Message {
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	var body map[string]any
	if err := json.Unmarshal(b, &body); err != nil {
		t.Fatalf("decode: %v", err)
	}
	out := discordtest.Message{Components: body["components"].([]any)}
	files := map[string][]byte{}
	for i, f := range m.files {
		files["files["+itoa(i)+"] "+f.name] = f.body
	}
	if wrong := discordtest.CheckMessage(body, files); wrong != "" {
		t.Fatalf("Discord would refuse it: %s\n%s", wrong, b)
	}
	return out
}

// TestAnyViewIsTaken draws views of any shape: none is refused, no text in
// them becomes markup, and nobody is woken.
func TestAnyViewIsTaken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := platformtest.AnyView().Draw(t, "view")
		m := draw(v, drawing{loud: rapid.Bool().Draw(t, "loud"), mark: markOf("earshot-1")})
		if w := asSent(t, m).Seen(); len(w.Stray) > 0 || len(w.Mentions) > 0 {
			t.Fatalf("markup came of text: %q %q", w.Stray, w.Mentions)
		}
		if a := m.AllowedMentions; len(a.Parse)+len(a.Users)+len(a.Roles) > 0 || a.Parse == nil {
			t.Fatalf("somebody is woken: %+v", a)
		}
	})
}

func TestManyTextsFit(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 5, 39, 60, 500, 3000} {
		v := bot.View{Notice: "many"}
		for range n {
			v.Blocks = append(v.Blocks, bot.Line(bot.Plain(strings.Repeat("word *x* ", 200))))
		}
		m := asSent(t, draw(v, drawing{}))
		if n == 5 && !strings.Contains(m.Seen().Lines[4], "…") {
			t.Errorf("the cut is not shown: %q", m.Seen().Lines[4])
		}
	}
}

func TestShortTextsAreWholeBesideLongOnes(t *testing.T) {
	v := bot.View{Blocks: []bot.Block{
		{Kind: bot.BlockByline, Spans: []bot.Span{bot.Plain("@brewhilda")}}, {Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain(strings.Repeat("so long ", 2000))}},
		{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Case 1042 · nobody has it")}},
	}}
	w := asSent(t, draw(v, drawing{})).Seen()
	if w.Lines[0] != "@brewhilda" || w.Lines[2] != "Case 1042 · nobody has it" || !strings.HasSuffix(w.Lines[1], "…") || len(w.Lines[1]) < 3800 {
		t.Errorf("what is short was cut, or what is long not enough shown: %d characters, %q", len(w.Lines[1]), w.Lines[2])
	}
}

func TestEscape(t *testing.T) {
	tests := map[string]string{
		"plain words, 94 % · 4.2":       "plain words, 94 % · 4.2",
		"*b* _i_ ~~s~~ ||x|| `c`":       `\*b\* \_i\_ \~\~s\~\~ \|\|x\|\| \` + "`c\\`",
		"# head\n> quote\n- list\n1. x": "\\# head\n\\> quote\n\\- list\n1\\. x",
		"-# small":                      `\-# small`,
		"@everyone <@1> <t:1:R> <:a:1>": `\@everyone \<\@1> \<t\:1\:R> \<\:a\:1>`,
		"[bank](https://evil.example)":  `\[bank\](https\://evil.example)`,
		"join discord.gg/abc":           `join discord.gg\/abc`,
		"Urgent: fire at 10:04":         `Urgent: fire at 10\:04`,
		"a wide space:\u00a0x:":         "a wide space\\:\u00a0x\\:",
		`back\slash`:                    `back\\slash`,
		"a #tag and 3-4":                "a #tag and 3-4",
	}
	for in, want := range tests {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range platformtest.Texts() {
		f.Add(s)
	}
	f.Add("12. x\n  - y\n:a:b: https://x.y discord.gg/z")
	f.Fuzz(func(t *testing.T, s string) {
		v := bot.Say(s)
		w := asSent(t, draw(v, drawing{})).Seen()
		if len(w.Stray) > 0 || len(w.Mentions) > 0 {
			t.Fatalf("markup came of %q: %q", s, w.Stray)
		}
		if want := clean(s, false); length(want) < 1000 && strings.TrimSpace(want) != "" && strings.TrimSpace(w.Text()) != strings.TrimSpace(want) {
			t.Fatalf("%q reads as %q", want, w.Text())
		}
	})
}

func FuzzCustomID(f *testing.F) {
	f.Add("claim", int64(1), int64(2), "arg", "Sure?", 0)
	f.Add("x", int64(-1), int64(0), "~=?", "a~b|c", 3)
	f.Add("topic", int64(137), int64(20), strings.Repeat("é", 60), "Sure?", 0) // fewer letters than Discord's limit, more bytes than ours
	f.Fuzz(func(t *testing.T, name string, target, version int64, arg, question string, n int) {
		if name == "" || strings.ContainsAny(name, "|=?>^!:~") || strings.Contains(arg, "|") {
			return
		}
		action := bot.ActionID{Name: name, Target: target, Version: version, Arg: arg}
		for _, kind := range []pressKind{pressAct, pressAsk, pressSubmit} {
			id := press{Kind: kind, Action: action, Question: question}.encode(max(n%1000, 0))
			if id == "" {
				continue
			}
			got, err := parsePress(id)
			if err != nil || got.Kind != kind || got.Action != action || length(id) > maxCustomID {
				t.Fatalf("%q came back as %+v, %v", id, got, err)
			}
		}
	})
}

func FuzzParsePress(f *testing.F) {
	for _, s := range []string{"", "=", "=1=", "?", "?~", "?x~a|1|2|", ">a|1|2|", "^key", "!", ":1", "a|1|2|", "=2=?q~a|1|2|b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePress(s); err == nil && p.Kind == pressAct && p.Action.Name == "" {
			t.Fatalf("%q is an action without a name", s)
		}
	})
}
