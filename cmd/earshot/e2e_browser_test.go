package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// browser is one person at the console: it reads pages, posts acts as the
// page's script does, and listens to the stream.
type browser struct {
	t    *testing.T
	url  string
	who  string
	tab  string
	http *http.Client

	mu      sync.Mutex
	answers map[string]reply // late ones, by the id of the act
	told    []string         // notes that came by themselves
	edits   []string         // what the stream said of messages
	news    chan struct{}    // closed when something comes
}

// reply is what the console answered to an act.
type reply struct {
	Status int
	ID     string `json:"id"`
	Target string `json:"target"`
	After  string `json:"after"`
	HTML   string `json:"html"`
	words  string
	node   *html.Node
}

// open lets somebody open the console, until the test ends.
func open(t *testing.T, at, who string) *browser {
	t.Helper()
	b := &browser{t: t, url: at, who: who, tab: "tab-" + who, answers: map[string]reply{}, news: make(chan struct{}),
		http: &http.Client{Transport: &http.Transport{}}}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	res, err := b.do(ctx, http.MethodGet, "/events?tab="+b.tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { b.listen(res.Body) })
	t.Cleanup(func() {
		stop()
		wg.Wait()
		b.http.CloseIdleConnections()
	})
	return b
}

// do sends a request as this person, from the console's own page.
func (b *browser) do(ctx context.Context, method, path string, form url.Values) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.AddCookie(&http.Cookie{Name: "earshot_as", Value: hex.EncodeToString([]byte(b.who))})
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", b.url)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return b.http.Do(req)
}

// listen reads the stream.
func (b *browser) listen(r io.ReadCloser) {
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	event := ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			event = value
		case "data":
			b.heard(event, value)
		}
	}
}

func (b *browser) heard(event, data string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var r reply
	if json.Unmarshal([]byte(data), &r) != nil && event != "message" && event != "edit" {
		return
	}
	switch event {
	case "answer":
		b.answers[r.ID] = r
	case "tell":
		b.told = append(b.told, wordsOf(parse(r.HTML)))
	case "message", "edit":
		b.edits = append(b.edits, event)
	}
	close(b.news)
	b.news = make(chan struct{})
}

// page reads a page of the console; what is not there yet is an empty one.
func (b *browser) page(path string) string {
	b.t.Helper()
	res, err := b.do(b.t.Context(), http.MethodGet, path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case err == nil && res.StatusCode == http.StatusNotFound:
		return ""
	case err != nil || res.StatusCode != http.StatusOK:
		b.t.Fatalf("GET %s: %s, %v", path, res.Status, err)
	}
	return string(body)
}

// act posts an act and gives its answer, at once or over the stream.
func (b *browser) act(form url.Values) reply {
	b.t.Helper()
	if form.Get("id") == "" {
		form.Set("id", rand.Text())
	}
	form.Set("tab", b.tab)
	res, err := b.do(b.t.Context(), http.MethodPost, "/act", form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	r := reply{Status: res.StatusCode, Target: res.Header.Get("HX-Retarget"), After: res.Header.Get("HX-Trigger-After-Settle"), HTML: string(body)}
	if r.Status == http.StatusAccepted {
		r = b.late(form.Get("id"))
	}
	r.node = parse(r.HTML)
	r.words = wordsOf(r.node)
	return r
}

// late waits for an answer that comes over the stream.
func (b *browser) late(id string) reply {
	b.t.Helper()
	late := time.After(patience)
	for {
		b.mu.Lock()
		r, ok := b.answers[id]
		news := b.news
		b.mu.Unlock()
		if ok {
			return r
		}
		select {
		case <-news:
		case <-late:
			b.t.Fatal("an act was accepted and never answered")
		}
	}
}

// command types /voc line.
func (b *browser) command(line string) reply {
	b.t.Helper()
	return b.act(url.Values{"kind": {"command"}, "line": {line}, "channel": {"support"}})
}

// press presses a button of a card, or of an answer when card is nil.
func (b *browser) press(action string, on *item) reply {
	b.t.Helper()
	form := url.Values{"kind": {"press"}, "action": {action}, "channel": {"support"}}
	if on != nil {
		form.Set("message", on.id)
		form.Set("place", "m"+on.id)
	}
	return b.act(form)
}

// submit sends the form that lies open, with what it holds and values.
func (b *browser) submit(r reply, values map[string]string) reply {
	b.t.Helper()
	if r.Target != "#dialog-content" {
		b.t.Fatalf("no form was opened: %d %s", r.Status, r.words)
	}
	form := filled(r.node)
	for name, v := range values {
		if !form.Has("v." + name) {
			b.t.Fatalf("the form has no field %q: %s", name, r.words)
		}
		form.Set("v."+name, v)
	}
	return b.act(form)
}

// filled is what a form holds before anybody types.
func filled(form *html.Node) url.Values {
	v := url.Values{}
	chosen := ""
	for n := range form.Descendants() {
		name := attr(n, "name")
		switch n.Data {
		case "input":
			if attr(n, "type") != "radio" || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
				v.Set(name, attr(n, "value"))
			} else if !v.Has(name) {
				v.Set(name, "")
			}
		case "textarea":
			v.Set(name, strings.TrimPrefix(textOf(n), "\n"))
		case "select":
			chosen = name
			v.Set(name, "")
		case "option":
			if slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
				v.Set(chosen, attr(n, "value"))
			}
		}
	}
	return v
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// item is a message of the console as a person sees it.
type item struct {
	id, words string
	buttons   map[string]string // label to action
	html      string
}

// button gives the action behind a label.
func (i *item) button(t *testing.T, label string) string {
	t.Helper()
	if i.buttons[label] == "" {
		t.Fatalf("no button %q on %q: %v", label, i.words, i.buttons)
	}
	return i.buttons[label]
}

// cards lists what stands in a channel, oldest first, all pages of it.
func (b *browser) cards(channel string) []item {
	b.t.Helper()
	var all []item
	for path := "/c/" + url.PathEscape(channel); path != ""; {
		root := parse(b.page(path))
		path = ""
		var page []item
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && attr(n, "data-item") != "" {
				page = append(page, read(n))
			}
			if strings.Contains(attr(n, "class"), "older") && attr(n, "hx-get") != "" {
				path = attr(n, "hx-get")
			}
		}
		all = append(page, all...)
	}
	return all
}

// thread lists what stands below a card.
func (b *browser) thread(channel string, card *item) []item {
	b.t.Helper()
	var all []item
	root := parse(b.page("/c/" + url.PathEscape(channel) + "/" + card.id))
	for n := range root.Descendants() {
		if attr(n, "role") == "log" {
			for d := range n.Descendants() {
				if attr(d, "data-item") != "" {
					all = append(all, read(d))
				}
			}
		}
	}
	return all
}

// card waits for the card in a channel that says all of this.
func (b *browser) card(channel string, says ...string) *item {
	b.t.Helper()
	var found *item
	eventually(b.t, fmt.Sprintf("a card in %s that says %q", channel, says), func() bool {
		for _, c := range b.cards(channel) {
			if !slices.ContainsFunc(says, func(s string) bool { return !strings.Contains(c.words, s) }) {
				found = &c
				return true
			}
		}
		return false
	})
	return found
}

// read reads one message, or one answer.
func read(n *html.Node) item {
	i := item{id: attr(n, "data-item"), words: wordsOf(n), buttons: map[string]string{}}
	for d := range n.Descendants() {
		if d.Data == "button" && attr(d, "name") == "action" {
			i.buttons[wordsOf(d)] = attr(d, "value")
		}
	}
	var s strings.Builder
	_ = html.Render(&s, n) // into memory
	i.html = s.String()
	return i
}

func parse(s string) *html.Node {
	n, err := html.Parse(strings.NewReader(s))
	if err != nil {
		panic(err) // html.Parse takes anything that a reader gives
	}
	return n
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// wordsOf is what a person reads of n.
func wordsOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
