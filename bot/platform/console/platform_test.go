package console

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

// rig is a console with its memory and a browser for each person.
type rig struct {
	t        *testing.T
	h        *platformtest.Harness
	store    *memory
	addr     string
	browsers map[string]*browser
	acted    *browser
}

func people() []bot.Person {
	return []bot.Person{{Platform: Name, ID: "ann", Name: "Ann"}, {Platform: Name, ID: "bob", Name: "Bob"}}
}

func TestPlatform(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) *platformtest.Harness { return newRig(t).h })
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, store: newMemory(), browsers: map[string]*browser{}}
	r.h = &platformtest.Harness{
		Channel: "#triage", People: people(), Ready: r.ready, Restart: r.restart,
		Seen: r.seen, Private: r.private, Form: r.form,
		Press: r.press, Choose: r.choose, Submit: r.submit, Back: r.back, Command: r.command, Share: r.share, Mention: r.mention,
		Complete: r.complete, Redeliver: r.redeliver,
		FailNext: r.failNext, Faults: []platformtest.Fault{platformtest.Broken, platformtest.Lost, platformtest.Deleted},
	}
	r.make("127.0.0.1:0")
	t.Cleanup(func() {
		for _, b := range r.browsers {
			b.close()
		}
	})
	return r
}

// make puts a console of the same memory at an address.
func (r *rig) make(addr string) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { l.Close() })
	r.addr = l.Addr().String()
	c, err := New(Config{Listener: l, Channels: []ChannelInfo{{Name: "triage"}}, People: people()}, r.store, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		r.t.Fatal(err)
	}
	r.h.Platform = c
}

func (r *rig) ready(ctx context.Context) error {
	for _, p := range people() {
		b := r.browsers[p.ID]
		if b == nil {
			b = newBrowser(r.t, "http://"+r.addr, p)
			r.browsers[p.ID] = b
		}
		b.close()
		if err := b.open(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *rig) restart() {
	for _, b := range r.browsers {
		b.close()
	}
	r.make(r.addr)
}

func (r *rig) failNext(f platformtest.Fault) {
	r.store.failNext(map[platformtest.Fault]fault{platformtest.Broken: broke, platformtest.Lost: lost, platformtest.Deleted: gone}[f])
}

// page is the channel's page as it is served now, whether Run is on or not.
func (r *rig) page(path string) *html.Node {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://127.0.0.1"+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	w := &recorder{header: http.Header{}}
	r.h.Platform.(*Console).Handler(platformtest.NewDesk()).ServeHTTP(w, req)
	return parse(w.body.String())
}

type recorder struct {
	header http.Header
	body   strings.Builder
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(int)             {}
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }

func (r *rig) seen(at bot.MessageRef) []platformtest.Seen {
	path := channelPath(at.Channel)
	pane := "stream"
	if at.ID != "" {
		path, pane = messagePath(at.Channel, at.ID), "thread"
	}
	var out []platformtest.Seen
	for path != "" {
		page := r.page(path)
		box := find(page, func(n *html.Node) bool { return attr(n, "id") == pane })
		if box == nil { // an older page comes without the panes around it
			box = page
		}
		var here []platformtest.Seen
		for div := range all(box, "div") {
			if id := attr(div, "data-item"); id != "" && id != at.ID {
				here = append(here, r.read(r.ref(at, id), find(div, func(n *html.Node) bool { return n.Data == "article" })))
			}
		}
		out = append(here, out...)
		path = attr(find(box, func(n *html.Node) bool { return has(n, "data-older") }), "hx-get")
	}
	return out
}

// ref is a message of the channel, or of the thread, at.
func (r *rig) ref(at bot.MessageRef, id string) bot.MessageRef {
	return bot.MessageRef{Channel: at.Channel, ID: id, Thread: at.ID}
}

// read takes a message as a person sees it.
func (r *rig) read(ref bot.MessageRef, n *html.Node) platformtest.Seen {
	s := platformtest.Seen{Ref: ref, Text: words(n), Notice: attr(n, "aria-label"), Menus: map[string][]string{}, Handle: n}
	menu := ""
	for d := range n.Descendants() {
		switch {
		case has(d, "data-menu"):
			menu = words(d)
		case attr(d, "role") == "menuitem":
			s.Menus[menu] = append(s.Menus[menu], words(d))
		case class(d, "button"):
			s.Buttons = append(s.Buttons, words(d))
		case d.Data == "img":
			s.Images++
		}
		if d.Data == "a" && has(d, "target") {
			s.Links = append(s.Links, attr(d, "href"))
		}
		if class(d, "picture") {
			s.Images++
		}
	}
	if id := ref.ID; id != "" {
		for _, m := range r.store.list(func(m bot.StoredMessage) bool { return itoa(m.ID) == id }) {
			s.Loud = m.Loud
			s.Pings = pings(m)
		}
	}
	return s
}

// pings lists whom a loud message names; nobody is woken by a silent one.
func pings(m bot.StoredMessage) []string {
	var out []string
	for _, b := range m.View.Blocks {
		for _, span := range b.Spans {
			if m.Loud && span.Ping && span.Person != nil {
				out = append(out, span.Person.ID)
			}
		}
	}
	return out
}

func (r *rig) private(by bot.Person) []platformtest.Seen {
	b := r.browsers[by.ID]
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []platformtest.Seen
	for _, n := range b.notes {
		s := r.read(bot.MessageRef{}, n)
		s.Private = true
		out = append(out, s)
	}
	return out
}

func (r *rig) form(by bot.Person) (platformtest.Shown, bool) {
	b := r.browsers[by.ID]
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.form == nil {
		return platformtest.Shown{}, false
	}
	s := platformtest.Shown{Errors: b.errors, Title: words(find(b.form, func(n *html.Node) bool { return n.Data == "h2" }))}
	s.Intro = words(orEmpty(find(b.form, func(n *html.Node) bool { return class(n, "intro") })))
	s.Submit = words(orEmpty(find(b.form, func(n *html.Node) bool { return has(n, "data-submit") })))
	s.Back = words(orEmpty(find(b.form, func(n *html.Node) bool { return has(n, "data-back") })))
	for d := range b.form.Descendants() {
		if name := attr(d, "data-field"); name != "" {
			s.Fields = append(s.Fields, r.field(b, name, d))
		}
	}
	return s, true
}

func orEmpty(n *html.Node) *html.Node {
	if n == nil {
		return &html.Node{}
	}
	return n
}

func (r *rig) field(b *browser, name string, n *html.Node) platformtest.ShownField {
	f := platformtest.ShownField{Name: name, Optional: find(n, func(n *html.Node) bool { return class(n, "optional") }) != nil}
	for d := range n.Descendants() {
		switch {
		case d.Data == "legend" || d.Data == "label" && f.Label == "" && has(d, "for"):
			f.Label = words(d)
		case has(d, "data-max"):
			if _, err := fmt.Sscan(attr(d, "data-max"), &f.Max); err != nil {
				r.t.Errorf("the limit of %s: %v", name, err)
			}
			f.Value = attr(d, "value")
			if d.Data == "textarea" {
				f.Value = words(d)
			}
		case d.Data == "option" || d.Data == "label" && !has(d, "for"):
			f.Options = append(f.Options, words(d))
		}
	}
	if typed := b.last.Get("v." + name); typed != "" && len(b.errors) > 0 {
		f.Value = typed // the page leaves what was typed alone
	}
	return f
}

// on says where a message stands, as the page does.
func on(s platformtest.Seen) (v url.Values, note *html.Node) {
	v = url.Values{"channel": {"triage"}, "place": {"c"}}
	if s.Private {
		v.Set("within", "1")
		return v, s.Handle.(*html.Node)
	}
	v.Set("message", s.Ref.ID)
	v.Set("place", "m"+s.Ref.ID)
	return v, nil
}

func (r *rig) by(p bot.Person) *browser {
	r.acted = r.browsers[p.ID]
	return r.acted
}

func ack(status int) platformtest.Ack {
	return platformtest.Ack{OK: status >= 200 && status < 300, At: time.Now()}
}

func (r *rig) pressOn(by bot.Person, s platformtest.Seen, what func(*html.Node) bool) platformtest.Ack {
	v, note := on(s)
	button := find(s.Handle.(*html.Node), what)
	if button == nil {
		r.t.Fatalf("no such button on %q", s.Text)
	}
	v.Set("action", attr(button, "value"))
	return ack(r.by(by).act(v, note))
}

func (r *rig) press(by bot.Person, s platformtest.Seen, label string) platformtest.Ack {
	return r.pressOn(by, s, func(n *html.Node) bool { return class(n, "button") && words(n) == label && !has(n, "data-menu") })
}

func (r *rig) choose(by bot.Person, s platformtest.Seen, _, option string) platformtest.Ack {
	return r.pressOn(by, s, func(n *html.Node) bool { return attr(n, "role") == "menuitem" && words(n) == option })
}

// opened gives what the form that lies open sends of itself.
func (b *browser) opened() url.Values {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := url.Values{}
	if b.form == nil {
		return v
	}
	for d := range all(b.form, "input") {
		if attr(d, "type") == "hidden" {
			v.Set(attr(d, "name"), attr(d, "value"))
		}
	}
	return v
}

func (r *rig) submit(by bot.Person, values map[string]string) platformtest.Ack {
	b := r.by(by)
	v := b.opened()
	for name, value := range values {
		v.Set("v."+name, value)
	}
	return ack(b.act(v, nil))
}

func (r *rig) back(by bot.Person) platformtest.Ack {
	b := r.by(by)
	v := b.opened()
	v.Set("kind", "press")
	b.mu.Lock()
	v.Set("action", attr(find(b.form, func(n *html.Node) bool { return has(n, "data-back") }), "value"))
	b.mu.Unlock()
	return ack(b.act(v, nil))
}

func (r *rig) command(by bot.Person, text string) platformtest.Ack {
	return ack(r.by(by).act(url.Values{"kind": {"command"}, "line": {text}, "channel": {"triage"}, "place": {"c"}}, nil))
}

func (r *rig) say(by bot.Person, root, text string) platformtest.Ack {
	return ack(r.by(by).act(url.Values{"kind": {"say"}, "text": {text}, "channel": {"triage"}, "message": {root}, "place": {"t" + root}}, nil))
}

func (r *rig) mention(by bot.Person, below bot.MessageRef, text string) platformtest.Ack {
	return r.say(by, below.ID, "@earshot "+text)
}

// share writes down what a customer said, below a card, and makes it a case.
func (r *rig) share(by bot.Person, text string) platformtest.Ack {
	root, err := r.h.Platform.Post(r.t.Context(), bot.Outgoing{Key: "root", Channel: "triage", View: bot.Say("calls")})
	if err != nil {
		r.t.Fatal(err)
	}
	r.say(by, root.ID, text)
	said, err := r.store.ThreadMessages(r.t.Context(), 1)
	if err != nil || len(said) != 1 {
		r.t.Fatalf("%d lines stand in the thread, want one: %v", len(said), err)
	}
	id := itoa(said[0].ID)
	return ack(r.by(by).act(url.Values{"kind": {"shortcut"}, "channel": {"triage"}, "message": {id}, "place": {"t" + id}}, nil))
}

func (r *rig) complete(by bot.Person, line string) []string {
	doc, err := r.browsers[by.ID].get("/complete?line=" + url.QueryEscape(line))
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for li := range all(doc, "li") {
		out = append(out, words(li))
	}
	return out
}

func (r *rig) redeliver() platformtest.Ack {
	r.acted.mu.Lock()
	v := r.acted.last
	r.acted.mu.Unlock()
	before := len(r.private(r.acted.who))
	a := ack(r.acted.act(v, nil))
	// The page puts one answer to one press; this hand has put it twice.
	r.acted.mu.Lock()
	r.acted.notes = r.acted.notes[:before]
	r.acted.mu.Unlock()
	return a
}
