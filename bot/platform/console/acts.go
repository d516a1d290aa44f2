package console

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// noteKey begins the key of what people write in a thread.
const noteKey = "note-"

// completions is how many are offered at once: a list that scrolls a little.
const completions = 20

// mentionName is how people address the bot in a thread.
const mentionName = "@earshot"

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
		return in, notYours()
	}
	if m := r.FormValue("message"); m != "" {
		in.Message = bot.MessageRef{Channel: in.Channel, ID: m}
	}
	return in, s.readKind(r, &in)
}

func notYours() error {
	return bot.Errorf(bot.ErrForbidden, "That channel is somebody else's.")
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
		Author: bot.Author{ExternalID: who.ID, Name: who.Name, Followers: -1}, CreatedAt: m.At,
	}
	return nil
}

// commandText is what follows "/voc", whether that, or "/" alone, was typed or
// not.
func commandText(line string) string {
	line = strings.TrimSpace(text.OneLine(line))
	if rest, ok := cutWord(line, "/voc"); ok {
		return rest
	}
	return strings.TrimPrefix(line, "/")
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

// say keeps what a colleague wrote in a thread of theirs or of the team's. It
// stays inside the team.
func (c *Console) say(ctx context.Context, in bot.Interaction) error {
	if !in.Message.IsZero() { // the thread stands where it stands, whatever channel was named
		root, err := c.root(ctx, in.Message)
		if err != nil {
			return err
		}
		if !mayRead(in.By, root.Channel) {
			return notYours()
		}
	}
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
func noteWords(m bot.StoredMessage) (who bot.Person, words string) {
	for _, b := range m.View.Blocks {
		for _, span := range b.Spans {
			if span.Person != nil {
				who = *span.Person
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
	for _, o := range options[:min(len(options), completions)] {
		d := optionData{Value: text.OneLine(o.Value), Label: orWord(text.OneLine(o.Label), o.Value)}
		if what, ok := strings.CutPrefix(d.Label, d.Value+": "); ok && d.Value != "" {
			d.Head, d.Label = d.Value, what
		}
		out = append(out, d)
	}
	s.html(w, r, "completions", out)
}

// actAs makes the browser somebody else of the configuration's people.
func (s *server) actAs(w http.ResponseWriter, r *http.Request) {
	if own, in := s.loggedIn(r); in && own != shared {
		http.Error(w, "You are logged in as yourself, and act as nobody else.", http.StatusForbidden)
		return
	}
	http.SetCookie(w, s.cookie(r, personCookie, personValue(s.c.anybody(r.FormValue("person")).ID)))
	w.Header().Set("HX-Refresh", "true")
	w.WriteHeader(http.StatusNoContent)
}
