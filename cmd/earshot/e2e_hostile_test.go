package main

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// hostile texts: markup of every place that a text could end up in.
func hostile() []string {
	return []string{
		`<script>alert(1)</script><img src=x onerror=alert(2)>`, `"><svg/onload=alert(3)>`, `{{.}} {{template "page"}} ${7*7}`,
		`@everyone @here <!channel> <@U0000> <!subteam^S1>`, `*bold* _it_ ~no~ [a](javascript:alert(1)) <https://evil.example|click>`,
		"bidi \u202egnp.exe\u2066 \u200b\u200dzero\ufeff", "nul \x00 bell \x07 esc \x1b[31mred", "=HYPERLINK(\"https://evil.example\")", "+1+cmd|'/C calc'!A0", "-2+3", "@SUM(1)",
		`'; DROP TABLE mentions; --`, "\" OR 1=1", "Z̸̢̛a̴͘l̵̛g̶o̷ " + strings.Repeat("\u0301", 500), "line\u2028separator\u2029par",
		"broken utf8 \xff\xfe\xc3\x28", strings.Repeat("wide ", 20_000), strings.Repeat("W", 1<<20),
	}
}

const hostileYAML = `
database: {path: DIR/earshot.db}
console: {addr: "127.0.0.1:0"}
http: {addr: "127.0.0.1:0"}
network: {allow: [127.0.0.1/32]}
log: {json: true}
watches:
  - {name: Larkspur, terms: [larkspur]}
sources:
  - {name: reviews, kind: file, path: DIR/in, every: 1s}
  - {name: hooks, kind: webhook, secret: "` + secret + `", watch: Larkspur, max_body: 4194304}
  - {name: blog, kind: feed, url: "FEED", every: 1s, watch: Larkspur}
routes:
  - {name: Support, watches: [Larkspur], to: [{console: support}]}
budget: {cards: 10000}
`

// TestHostile: whatever is written in whatever field is stored and drawn as
// text; what cannot be read is rejected by itself.
func TestHostile(t *testing.T) {
	feed, url := newBlog(t)
	h := newHouse(t, strings.ReplaceAll(hostileYAML, "FEED", url))
	feed.add("feed-first", "what Larkspur wrote before")
	h.write("in/a.csv", "id,text,author,url\nrow-first,what Larkspur said before,ann,\n")
	p := h.start()
	ana := open(t, p.console(), "you")
	eventually(t, "the first sync", func() bool {
		said := ana.command("search before").words
		return strings.Contains(said, "said before") && strings.Contains(said, "wrote before")
	})
	h.write("in/b.csv", hostileCSV(t))
	for i, bad := range hostile() {
		feed.add(fmt.Sprint("feed-", i), "I hate this awful Larkspur blog"+fmt.Sprint(i)+": "+strings.ReplaceAll(plainXML(bad), "]]>", ""))
		bad := bad[:min(len(bad), 300_000)] // a request holds it eleven times
		status, said := post(t, p.http(), map[string]any{
			"id": fmt.Sprint("hook-", i, bad), "text": complaint(9000+i) + ": " + bad, "rating": 1, "author": bad, "author_name": bad,
			"email": bad, "url": bad, "language": bad, "parent": bad, "followers": bad, "x" + bad[:min(len(bad), 100)]: bad,
		})
		if status != http.StatusOK {
			t.Errorf("the webhook refused %.40q: %d %s", bad, status, said)
		}
	}
	post(t, p.http(), []any{map[string]any{"id": "r1", "text": "fine, Larkspur", "rating": "eleventy"}, map[string]any{"id": "r2", "text": "", "created_at": "yesterday-ish"}, "no object"})
	n := len(hostile())
	for _, source := range []string{"reviews", "blog", "hooks"} {
		eventually(t, source+" being stored", func() bool { return h.mentions(source) >= n })
	}
	for i := range n {
		ana.card("support", fmt.Sprintf("complaint number%d:", 9000+i))
	}
	harmless(t, ana)
	rejected := ana.command("rejected").words
	for _, want := range []string{"b.csv", "line", "request, item 0", "request, item 2"} {
		if !strings.Contains(rejected, want) {
			t.Errorf("/voc rejected does not tell of %q: %s", want, rejected)
		}
	}
	p.stop()
	if errs := p.errors(); len(errs) > 0 {
		t.Errorf("it logged errors:\n%s", strings.Join(errs, "\n"))
	}
}

// mentions counts what is stored of a source.
func (h *house) mentions(source string) int {
	h.t.Helper()
	s := h.store()
	defer s.Close()
	all, err := s.Mentions(h.t.Context(), bot.MentionFilter{Source: source, Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	return len(all)
}

// hostileCSV has every text in every column, and two rows that are broken.
func hostileCSV(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"id", "text", "author", "url", "language", "created_at", "note"}}
	for i, bad := range hostile() {
		rows = append(rows, []string{fmt.Sprint("row-", i, bad), fmt.Sprintf("I hate this awful Larkspur row%d: %s", i, bad), bad, bad, bad, time.Now().UTC().Format(time.RFC3339), bad})
	}
	rows = append(rows, []string{"bad-1", "Larkspur", "x", "", "", "the day before yesterday", ""}, []string{"bad-2", "", "x", "", "", "", ""})
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// plainXML leaves out what cannot stand in XML at all.
func plainXML(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0xfffd {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// harmless reads the pages as a browser does: none of the texts became markup,
// a link that is not http, or a character that lies.
func harmless(t *testing.T, b *browser) {
	t.Helper()
	pages := []string{b.page("/c/support")}
	for _, c := range b.cards("support") {
		pages = append(pages, c.html)
	}
	for _, line := range []string{"show 1", "search hate", "inbox", "rejected", "sources", "search <script>"} {
		pages = append(pages, b.command(line).HTML)
	}
	for _, p := range pages {
		for n := range parse(p).Descendants() {
			switch {
			case n.Data == "script" && attr(n, "src") == "", n.Data == "iframe", n.Data == "img" && !strings.HasPrefix(attr(n, "src"), "/m/"):
				t.Errorf("a text became <%s>", n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "href" && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "http") && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("a text became the attribute %s=%.60q", a.Key, a.Val)
				}
			}
		}
		for _, bad := range []string{"\u202e", "\u2066", "\x00", "\x1b", "\x07"} {
			if strings.Contains(p, bad) {
				t.Errorf("%q is in a page", bad)
			}
		}
		if len(p) > 4<<20 {
			t.Errorf("a page of %d bytes", len(p))
		}
	}
}
