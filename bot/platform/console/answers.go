package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

const (
	// handleFor is how long an act may take once it is accepted; it goes on
	// when the browser has gone.
	handleFor = 40 * time.Second
	// answerWithin is how long a press waits for its answer. A later one comes
	// over the page's stream, and the press is acknowledged meanwhile.
	answerWithin = 500 * time.Millisecond
	// remembered is how many answers are kept for acts that are sent again.
	remembered = 256
)

// act does what somebody pressed, sent, typed or said. The id comes from the
// browser, one a press: sent twice it is one act, with one answer.
func (s *server) act(w http.ResponseWriter, r *http.Request) {
	in, err := s.read(r)
	if err != nil {
		s.respond(w, r, s.sayNote(origin{Place: "c"}, false, err))
		return
	}
	s.c.touched()
	at := origin{Channel: in.Channel, Message: in.Message.ID, Place: in.Handle["place"]}
	p, first := s.c.acts.begin(in.By.Key() + " " + in.ID)
	if first {
		s.begin(r.Context(), p, in, act{at: at, within: r.FormValue("within") != ""})
	}
	late := time.NewTimer(answerWithin)
	defer late.Stop()
	select {
	case <-p.done:
	case <-late.C:
	case <-r.Context().Done():
	}
	if res, ok := p.takeOrLeave(); ok {
		s.respond(w, r, res)
		return
	}
	s.respond(w, r, response{status: http.StatusAccepted, Swap: "none"})
}

// act is where somebody acted: within tells that it was on a private note,
// which the answer then replaces.
type act struct {
	at     origin
	within bool
}

// begin stores an act and sets it going. It returns once the act is stored;
// from then on it is done, whether the browser stays or not.
func (s *server) begin(ctx context.Context, p *press, in bot.Interaction, a act) {
	ctx = context.WithoutCancel(ctx)
	if in.Kind == "" {
		if err := s.c.say(ctx, in); err != nil {
			p.finish(s.sayNote(a.at, a.within, err))
			return
		}
		p.finish(done())
		return
	}
	fresh, err := s.desk.Accept(ctx, in)
	if err != nil {
		s.c.log.ErrorContext(ctx, "accept interaction", "kind", in.Kind, "error", err)
		p.finish(s.sayNote(a.at, a.within, err))
		return
	}
	if !fresh {
		p.finish(done())
		return
	}
	s.work.Go(func() {
		defer func() {
			if broke := recover(); broke != nil { // the desk tells again what was not told
				s.c.log.ErrorContext(ctx, "show answer", "kind", in.Kind, "action", in.Action.Name, "panic", broke)
			}
		}()
		ctx, cancel := context.WithTimeout(ctx, handleFor)
		defer cancel()
		defer context.AfterFunc(s.stopping, cancel)()
		answer := s.handle(ctx, in)
		res := s.set(ctx, answer, in, a)
		if later := p.finish(res); later {
			s.deliver(ctx, in, answer, res)
		}
		if w, ok := s.desk.(bot.Witness); ok && answer.Tell != nil {
			w.Told(ctx, in)
		}
	})
}

// handle brings an act to the desk. A desk that breaks says so kindly.
func (s *server) handle(ctx context.Context, in bot.Interaction) (a bot.Answer) {
	defer func() {
		if broke := recover(); broke != nil {
			s.c.log.ErrorContext(ctx, "handle interaction", "kind", in.Kind, "action", in.Action.Name, "panic", broke)
			v := bot.Say(bot.Told(fmt.Errorf("panic: %v", broke)))
			a = bot.Answer{Tell: &v}
		}
	}()
	return s.desk.Handle(ctx, in)
}

// deliver brings an answer that took long to the person's page. What was only
// to be told waits for them when they have none open.
func (s *server) deliver(ctx context.Context, in bot.Interaction, a bot.Answer, res response) {
	res.ID, res.HTML = in.ID, res.body
	if s.c.hub.tell(address{person: in.By.Key(), tab: in.Handle["tab"]}, "answer", res) || a.Tell == nil {
		return
	}
	if err := s.c.leave(ctx, in.By, *a.Tell); err != nil {
		s.c.log.ErrorContext(ctx, "leave answer", "kind", in.Kind, "error", err)
	}
}

// set makes an answer ready to be shown: a form in the dialog, errors beside
// its fields, or a note where the person acted.
func (s *server) set(ctx context.Context, answer bot.Answer, in bot.Interaction, a act) response {
	var body string
	var err error
	res := done()
	switch {
	case len(answer.Errors) > 0:
		body, err = s.c.draw.execute("errors", fieldErrors(in.Values, answer.Errors))
		res = response{body: body, Swap: "none", After: "earshot:errors"}
	case answer.Form != nil:
		body, err = s.c.draw.form(*answer.Form, a.at)
		res = response{body: body, Target: "#dialog-content", Swap: "innerHTML", After: "earshot:form"}
	case answer.Tell != nil:
		body, err = s.c.draw.note(*answer.Tell, a.at)
		res = noteResponse(body, a.at, a.within)
	}
	if err != nil {
		s.c.log.ErrorContext(ctx, "draw answer", "kind", in.Kind, "error", err)
		return s.sayNote(a.at, a.within, err)
	}
	return res
}

// fieldErrors lists every field that was sent, so that what is mended is
// cleared; what belongs to no field is said below them all.
func fieldErrors(sent, wrong map[string]string) []fieldData {
	var out []fieldData
	for name := range sent {
		out = append(out, fieldData{Name: name, Label: clean(wrong[name])})
	}
	rest := fieldData{Name: "form"}
	for name, msg := range wrong {
		if _, ok := sent[name]; !ok {
			rest.Label = strings.TrimSpace(rest.Label + " " + clean(msg))
		}
	}
	slices.SortFunc(out, func(a, b fieldData) int { return strings.Compare(a.Name, b.Name) })
	return append(out, rest)
}

// sayNote tells somebody what went wrong.
func (s *server) sayNote(at origin, within bool, err error) response {
	body, drawErr := s.c.draw.note(bot.Say(bot.Told(err)), at)
	if drawErr != nil {
		return response{status: http.StatusInternalServerError}
	}
	return noteResponse(body, at, within)
}

// noteResponse puts a note where the person acted: in the place of the note
// that they acted on, or below the card, or above the command box.
func noteResponse(body string, at origin, within bool) response {
	res := response{body: body, Target: "#notes", Swap: "beforeend", Trigger: "earshot:done"}
	switch {
	case within:
		res.Target, res.Swap = "closest .note", "outerHTML"
	case strings.HasPrefix(at.Place, "m"):
		res.Target = `#stream [data-item="` + at.Place[1:] + `"] > .notes`
	case strings.HasPrefix(at.Place, "t"):
		res.Target = `#thread [data-item="` + at.Place[1:] + `"] > .notes`
	}
	return res
}

// response is an answer that was set, with what the page does with it: where
// it goes, how, and which events tell the page's script of it. It goes out as
// htmx's headers, or later over the stream as JSON.
type response struct {
	status int // 200 when 0
	body   string

	ID      string `json:"id"` // of the act; over the stream only
	Target  string `json:"target,omitempty"`
	Swap    string `json:"swap,omitempty"`
	Trigger string `json:"trigger,omitempty"`
	After   string `json:"after,omitempty"` // triggered once it stands there
	HTML    string `json:"html"`
}

// done is for an act that needs no word: the card says it.
func done() response {
	return response{status: http.StatusNoContent, Trigger: "earshot:done"}
}

// respond writes an answer.
func (s *server) respond(w http.ResponseWriter, r *http.Request, res response) {
	h := w.Header()
	for name, value := range map[string]string{
		"HX-Retarget": res.Target, "HX-Reswap": res.Swap, "HX-Trigger": res.Trigger, "HX-Trigger-After-Settle": res.After,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	if res.status != 0 {
		w.WriteHeader(res.status)
	}
	if res.status == http.StatusNoContent {
		return
	}
	if _, err := w.Write([]byte(res.body)); err != nil {
		s.c.log.DebugContext(r.Context(), "send answer", "error", err)
	}
}

// once does each act one time: who sends it again while it is under way waits
// for it, and who sends it again later gets the same answer.
type once struct {
	mu      sync.Mutex
	presses map[string]*press
	order   []string
}

func newOnce() *once { return &once{presses: map[string]*press{}} }

// begin gives the press of this key; first for who is to do it.
func (o *once) begin(key string) (p *press, first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p, ok := o.presses[key]; ok {
		return p, false
	}
	p = &press{done: make(chan struct{})}
	o.presses[key] = p
	o.order = append(o.order, key)
	if len(o.order) > remembered {
		delete(o.presses, o.order[0])
		o.order = append(o.order[:0], o.order[1:]...)
	}
	return p, true
}

// press is one act under way, or its answer.
type press struct {
	done  chan struct{} // closed when res is there
	mu    sync.Mutex
	ready bool
	later bool // nobody waits: the answer goes over the stream
	res   response
}

// finish sets the answer; later tells that nobody waits for it any more.
func (p *press) finish(res response) (later bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.res, p.ready = res, true
	close(p.done)
	return p.later
}

// takeOrLeave gives the answer when it is there; else it comes later.
func (p *press) takeOrLeave() (response, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.later = p.later || !p.ready
	return p.res, p.ready
}
