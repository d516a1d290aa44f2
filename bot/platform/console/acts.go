package console

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// handleFor is how long an act may take once it is accepted; it goes on when
// the browser has gone.
const handleFor = 40 * time.Second

// noteKey begins the key of what people write in a thread.
const noteKey = "note-"

// mentionName is how people address the bot in a thread.
const mentionName = "@earshot"

// act does what somebody pressed, sent, typed or said. The id comes from the
// browser, one a press: sent twice it is one act, with one answer.
func (s *server) act(w http.ResponseWriter, r *http.Request) {
	in, err := s.read(r)
	if err != nil {
		s.respond(w, r, s.sayNote(origin{Place: "c"}, false, err))
		return
	}
	s.c.touched()
	within := r.FormValue("within") != ""
	ctx := context.WithoutCancel(r.Context())
	s.respond(w, r, s.c.acts.do(in.By.Key()+" "+in.ID, func() response {
		ctx, cancel := context.WithTimeout(ctx, handleFor)
		defer cancel()
		return s.perform(ctx, in, within)
	}))
}

// read makes an interaction of a request.
func (s *server) read(r *http.Request) (bot.Interaction, error) {
	id, place := r.FormValue("id"), r.FormValue("place")
	if !regexp.MustCompile(`^[A-Za-z0-9-]{16,64}$`).MatchString(id) {
		return bot.Interaction{}, bot.Errorf(bot.ErrInvalid, "This page is out of date. Load it again.")
	}
	if !regexp.MustCompile(`^([mt][0-9]{1,19}|c)$`).MatchString(place) {
		place = "c"
	}
	in := bot.Interaction{
		ID: id, Platform: Name, By: s.who(r), Channel: channelName(r.FormValue("channel")), At: s.c.now().UTC(),
		Handle: map[string]string{"place": place, "tab": text.Cut(text.OneLine(r.FormValue("tab")), 64)},
	}
	if !mayRead(in.By, in.Channel) {
		return in, bot.Errorf(bot.ErrForbidden, "That channel is somebody else's.")
	}
	if m := r.FormValue("message"); m != "" {
		in.Message = bot.MessageRef{Channel: in.Channel, ID: m}
	}
	return in, s.readKind(r, &in)
}

func (s *server) readKind(r *http.Request, in *bot.Interaction) error {
	var err error
	switch kind := r.FormValue("kind"); kind {
	case "", "press", "submit":
		in.Kind = bot.DidPress
		if kind == "submit" {
			in.Kind, in.Values = bot.DidSubmit, map[string]string{}
			for name, values := range r.PostForm {
				if field, ok := strings.CutPrefix(name, "v."); ok && len(values) > 0 {
					in.Values[field] = strings.ReplaceAll(values[0], "\r\n", "\n")
				}
			}
		}
		in.Action, err = bot.ParseActionID(r.FormValue("action"))
		return err
	case "command":
		in.Kind, in.Text = bot.DidCommand, commandText(r.FormValue("line"))
		return nil
	case "say":
		return s.readSaid(r, in)
	case "shortcut":
		return s.readShortcut(r, in)
	}
	return bot.Errorf(bot.ErrInvalid, "This page is out of date. Load it again.")
}

// readSaid is a line typed in a thread: a word to the bot, or to the team.
func (s *server) readSaid(r *http.Request, in *bot.Interaction) error {
	said := strings.TrimSpace(text.Clean(r.FormValue("text")))
	if text.Length(said) > maxField {
		return bot.Errorf(bot.ErrInvalid, "That is too long: %d characters are the most.", maxField)
	}
	in.Kind, in.Text = "", said
	if rest, ok := cutWord(said, mentionName); ok {
		in.Kind, in.Text = bot.DidMention, rest
	} else if rest, ok := cutWord(said, "/voc"); ok {
		in.Kind, in.Text = bot.DidCommand, rest
	}
	if said == "" {
		return bot.Errorf(bot.ErrInvalid, "Write something first.")
	}
	return nil
}

// readShortcut makes a mention of what a colleague wrote down in a thread.
func (s *server) readShortcut(r *http.Request, in *bot.Interaction) error {
	m, err := s.c.byRef(r.Context(), in.Message.ID)
	if err != nil {
		return err
	}
	if !isNote(m) || !mayRead(in.By, m.Channel) {
		return bot.Errorf(bot.ErrUnsupported, "Only what a colleague wrote can be made a case.")
	}
	who, words := noteWords(m)
	in.Kind, in.Shared = bot.DidShortcut, &bot.Mention{
		Kind: Name, ExternalID: m.Channel + "/" + itoa(m.ID), Text: words, URL: s.c.Permalink(refOf(m)), Private: true,
		Author: bot.Author{Name: who, Followers: -1}, CreatedAt: m.At,
	}
	return nil
}

// commandText is what follows "/voc", whether that was typed or not.
func commandText(line string) string {
	line = strings.TrimSpace(text.OneLine(line))
	if rest, ok := cutWord(line, "/voc"); ok {
		return rest
	}
	return line
}

// cutWord cuts a first word, in any case, off s.
func cutWord(s, word string) (rest string, ok bool) {
	if len(s) < len(word) || !strings.EqualFold(s[:len(word)], word) {
		return s, false
	}
	rest = s[len(word):]
	if rest != "" && strings.TrimLeft(rest, " \n\t:,") == rest {
		return s, false
	}
	return strings.TrimLeft(rest, " \n\t:,"), true
}

// perform accepts an act, does it, and sets what the person gets back.
func (s *server) perform(ctx context.Context, in bot.Interaction, within bool) response {
	at := origin{Channel: in.Channel, Message: in.Message.ID, Place: in.Handle["place"]}
	if in.Kind == "" {
		if err := s.c.say(ctx, in); err != nil {
			return s.sayNote(at, within, err)
		}
		return done()
	}
	fresh, err := s.desk.Accept(ctx, in)
	if err != nil {
		s.c.log.ErrorContext(ctx, "accept interaction", "kind", in.Kind, "error", err)
		return s.sayNote(at, within, bot.Errorf(bot.ErrUnavailable, "That could not be stored, so nothing was done. Please try again."))
	}
	if !fresh {
		return done()
	}
	a := s.desk.Handle(ctx, in)
	res, err := s.answer(a, in, at, within)
	if err != nil {
		s.c.log.ErrorContext(ctx, "draw answer", "kind", in.Kind, "error", err)
		return s.sayNote(at, within, err)
	}
	return res
}

// answer sets an answer: a form in the dialog, errors beside its fields, or a
// note where the person acted.
func (s *server) answer(a bot.Answer, in bot.Interaction, at origin, within bool) (response, error) {
	switch {
	case len(a.Errors) > 0:
		body, err := s.c.draw.execute("errors", fieldErrors(in.Values, a.Errors))
		return response{body: body, header: map[string]string{"HX-Reswap": "none", "HX-Trigger-After-Swap": "earshot:errors"}}, err
	case a.Form != nil:
		body, err := s.c.draw.form(*a.Form, at)
		return response{body: body, header: map[string]string{
			"HX-Retarget": "#dialog-content", "HX-Reswap": "innerHTML", "HX-Trigger-After-Swap": "earshot:form"}}, err
	case a.Tell != nil:
		body, err := s.c.draw.note(*a.Tell, at)
		return noteResponse(body, at, within), err
	}
	return done(), nil
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
	h := map[string]string{"HX-Retarget": "#notes", "HX-Reswap": "beforeend", "HX-Trigger": "earshot:done"}
	switch {
	case within:
		h["HX-Retarget"], h["HX-Reswap"] = "closest .note", "outerHTML"
	case strings.HasPrefix(at.Place, "m"):
		h["HX-Retarget"] = `#stream [data-item="` + at.Place[1:] + `"] > .notes`
	case strings.HasPrefix(at.Place, "t"):
		h["HX-Retarget"] = `#thread [data-item="` + at.Place[1:] + `"] > .notes`
	}
	return response{body: body, header: h}
}

func done() response {
	return response{status: http.StatusNoContent, header: map[string]string{"HX-Trigger": "earshot:done"}}
}

// say keeps what a colleague wrote in a thread. It stays inside the team.
func (c *Console) say(ctx context.Context, in bot.Interaction) error {
	_, err := c.Post(ctx, bot.Outgoing{
		Key: noteKey + in.ID, Channel: in.Channel, Thread: in.Message,
		View: bot.View{Notice: in.By.Name + ": " + text.CutWords(text.OneLine(in.Text), 80), Blocks: []bot.Block{
			{Kind: bot.BlockByline, Spans: []bot.Span{bot.Who(in.By)}}, bot.Line(bot.Plain(in.Text))}},
	})
	return err
}

// isNote tells whether a colleague wrote m.
func isNote(m bot.StoredMessage) bool { return strings.HasPrefix(m.Key, noteKey) }

// noteWords takes apart what say put together.
func noteWords(m bot.StoredMessage) (who, words string) {
	for _, b := range m.View.Blocks {
		for _, span := range b.Spans {
			if b.Kind == bot.BlockByline {
				who = span.Text
			} else {
				words += span.Text
			}
		}
	}
	return who, words
}

// complete offers completions for the command that is being typed.
func (s *server) complete(w http.ResponseWriter, r *http.Request) {
	options := s.desk.Complete(r.Context(), s.who(r), strings.TrimLeft(r.URL.Query().Get("line"), " "))
	var out []optionData
	for _, o := range options[:min(len(options), 8)] {
		out = append(out, optionData{Value: text.OneLine(o.Value), Label: orWord(text.OneLine(o.Label), o.Value)})
	}
	s.html(w, r, "completions", out)
}

// actAs makes the browser somebody else of the configuration's people.
func (s *server) actAs(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.cookie(r, personCookie, personValue(s.c.person(r.FormValue("person")).ID)))
	w.Header().Set("HX-Refresh", "true")
	w.WriteHeader(http.StatusNoContent)
}

// who is the person that this browser acts as.
func (s *server) who(r *http.Request) bot.Person {
	if cookie, err := r.Cookie(personCookie); err == nil {
		return s.c.person(personOf(cookie.Value))
	}
	return s.c.person("")
}

// response is an answer that was set, kept so that a repeated act gets the
// same one.
type response struct {
	status int // 200 when 0
	header map[string]string
	body   string
}

// remembered is how many answers are kept for acts that are sent again.
const remembered = 256

// once does each act one time: who sends it again while it is under way waits
// for it, and who sends it again later gets the same answer.
type once struct {
	mu    sync.Mutex
	calls map[string]*call
	order []string
}

type call struct {
	done chan struct{}
	res  response
}

func newOnce() *once { return &once{calls: map[string]*call{}} }

func (o *once) do(key string, f func() response) response {
	o.mu.Lock()
	if c, ok := o.calls[key]; ok {
		o.mu.Unlock()
		<-c.done
		return c.res
	}
	c := &call{done: make(chan struct{}), res: response{status: http.StatusInternalServerError}}
	o.calls[key] = c
	o.order = append(o.order, key)
	if len(o.order) > remembered {
		delete(o.calls, o.order[0])
		o.order = append(o.order[:0], o.order[1:]...)
	}
	o.mu.Unlock()
	defer close(c.done) // also when f panics
	c.res = f()
	return c.res
}

// respond writes an answer.
func (s *server) respond(w http.ResponseWriter, r *http.Request, res response) {
	for k, v := range res.header {
		w.Header().Set(k, v)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
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
