package console

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"earshot/bot"
)

// browser is what a page does, by hand: it reads HTML, posts acts, listens to
// the stream and keeps the private notes and the form that lie open.
type browser struct {
	t      *testing.T
	url    string
	who    bot.Person
	client *http.Client
	stream *http.Transport
	tab    string

	mu     sync.Mutex
	n      int
	notes  []*html.Node
	form   *html.Node
	errors map[string]string
	last   url.Values // the last act
	seen   []frame
	stop   context.CancelFunc
	ended  chan struct{}
}

// frame is one server-sent event.
type frame struct{ id, event, data string }

func newBrowser(t *testing.T, at string, who bot.Person) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	b := &browser{t: t, url: at, who: who, client: &http.Client{Jar: jar, Transport: transport}, stream: transport, tab: "tab-" + who.ID}
	t.Cleanup(transport.CloseIdleConnections)
	return b
}

// open becomes who it is and listens.
func (b *browser) open(ctx context.Context) error {
	res, err := b.client.PostForm(b.url+"/as", url.Values{"person": {b.who.ID}})
	if err != nil {
		return err
	}
	res.Body.Close()
	page, err := b.get("/c/triage")
	if err != nil {
		return err
	}
	body := find(page, func(n *html.Node) bool { return n.Data == "body" })
	return b.listen(ctx, attr(body, "data-events"), nil)
}

// listen connects to the stream; header may carry Last-Event-ID.
func (b *browser) listen(ctx context.Context, after string, header http.Header) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/events?tab="+b.tab+"&after="+url.QueryEscape(after), nil)
	if err != nil {
		stop()
		return err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := b.client.Do(req)
	if err != nil {
		stop()
		return err
	}
	ended := make(chan struct{})
	b.mu.Lock()
	b.stop, b.ended = stop, ended
	b.mu.Unlock()
	go func() {
		defer close(ended)
		defer res.Body.Close()
		b.read(res.Body)
	}()
	return nil
}

// close ends the stream and waits for it.
func (b *browser) close() {
	b.mu.Lock()
	stop, ended := b.stop, b.ended
	b.stop = nil
	b.mu.Unlock()
	if stop != nil {
		stop()
		<-ended
	}
	b.stream.CloseIdleConnections()
}

func (b *browser) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	var f frame
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			f.id = value
		case "event":
			f.event = value
		case "data":
			f.data = value
		case "":
			b.got(f)
			f = frame{}
		}
	}
}

// got does what live.js does with an event.
func (b *browser) got(f frame) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.event == "" {
		return
	}
	b.seen = append(b.seen, f)
	switch f.event {
	case "tell":
		var t told
		if json.Unmarshal([]byte(f.data), &t) == nil {
			b.notes = append(b.notes, parse(t.HTML))
		}
	case "answer":
		var res response
		if json.Unmarshal([]byte(f.data), &res) == nil {
			b.take(res, nil)
		}
	}
}

// take does what the page does with an answer; on is the note it was made on.
func (b *browser) take(res response, on *html.Node) {
	switch {
	case res.Target == "#dialog-content":
		b.form, b.errors = parse(res.HTML), map[string]string{}
	case res.After == "earshot:errors":
		b.errors = map[string]string{}
		for p := range all(parse(res.HTML), "p") {
			b.errors[strings.TrimPrefix(attr(p, "id"), "error-")] = words(p)
		}
	case res.Target == "closest .note" && on != nil:
		b.notes[slices.Index(b.notes, on)] = parse(res.HTML)
	case res.Target != "":
		b.notes = append(b.notes, parse(res.HTML))
	}
	if res.Trigger == "earshot:done" {
		b.form = nil
	}
}

// act posts an act and takes its answer; it gives the status.
func (b *browser) act(v url.Values, on *html.Node) int {
	b.mu.Lock()
	b.n++
	if v.Get("id") == "" {
		v.Set("id", fmt.Sprintf("%s-press-%012d-%d", b.who.ID, b.n, time.Now().UnixNano()))
	}
	v.Set("tab", b.tab)
	b.last = v
	b.mu.Unlock()
	res, err := b.client.PostForm(b.url+"/act", v)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.take(response{Target: res.Header.Get("HX-Retarget"), Trigger: res.Header.Get("HX-Trigger"), After: res.Header.Get("HX-Trigger-After-Settle"), HTML: string(body)}, on)
	return res.StatusCode
}

func (b *browser) get(path string) (*html.Node, error) {
	res, err := b.client.Get(b.url + path)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return html.Parse(res.Body)
}

// parse reads a fragment.
func parse(s string) *html.Node {
	n, err := html.Parse(strings.NewReader(s))
	if err != nil {
		panic(err) // html.Parse takes anything that a reader gives
	}
	return n
}

func attr(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return n != nil && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func class(n *html.Node, name string) bool {
	return slices.Contains(strings.Fields(attr(n, "class")), name)
}

func find(n *html.Node, ok func(*html.Node) bool) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && ok(d) {
			return d
		}
	}
	return nil
}

// all gives the elements of a kind, in order.
func all(n *html.Node, tag string) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && d.Data == tag && !yield(d) {
				return
			}
		}
	}
}

// words is what a person reads of n: its text, a line a block, pictures by
// their alt text.
func words(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(d.Data)
		case d.Data == "img":
			b.WriteString("\n" + attr(d, "alt") + "\n")
		case slices.Contains([]string{"p", "div", "dt", "dd", "pre", "h2", "h3", "blockquote", "button", "li"}, d.Data):
			b.WriteString("\n")
		}
	}
	return strings.TrimSpace(b.String())
}
