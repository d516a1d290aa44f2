package email

import (
	"bytes"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// arrived is a message as the server holds it.
type arrived struct {
	uid  uint32
	at   time.Time // when it came into the mailbox, by the server's clock
	size int64     // of the whole, which raw may be the beginning of
	raw  []byte
}

// late is how long before its arrival a message may say it was written: a
// server tries for five days (RFC 5321 4.5.4.1). What says otherwise lies.
const late = 7 * 24 * time.Hour

// mention turns a message into a mention; false for what nobody needs to see,
// as a receipt. Its error says why it cannot be read.
func (s *Source) mention(a arrived) (bot.Mention, bool, error) {
	l := readLetter(a.raw, s.signs)
	what := l.sorted(s.ours)
	if what == progress {
		return bot.Mention{}, false, nil
	}
	own, quoted, signature := l.said()
	subject := l.head.words("subject")
	m := bot.Mention{Text: own, Quoted: quoted, Private: true, CreatedAt: written(l.head, a.at, s.now()), Attrs: map[string]string{}}
	m.ExternalID = s.external(l, a.raw)
	m.ParentID = s.parent(l.head)
	if m.ParentID == "" || own == "" {
		m.Title = subject
	}
	s.author(&m, l.head, what)
	note := func(name, v string) {
		if v != "" {
			m.Attrs[name] = v
		}
	}
	note("subject", subject)
	note("attachments", text.Cut(strings.Join(l.files, ", "), 1000))
	note("signature", signature)
	note("references", strings.Join(references(l.head), " "))
	if to := people(l.head.get("reply-to")); len(to) > 0 && to[0].address != m.Author.Email && !s.ours(to[0].address) {
		note("reply_to", to[0].address)
	}
	if slices.ContainsFunc(l.files, func(f string) bool { return strings.EqualFold(f, "winmail.dat") || f == "application/ms-tnef" }) {
		note("not read", "winmail.dat: attachments in a form that Outlook alone reads. Ask the sender to send plain text or HTML.")
	}
	if l.cut || a.size > int64(len(a.raw)) {
		note("not read", fmt.Sprintf("The message is larger than is read: %d of %d KB.", (len(a.raw)+1023)/1024, (max(a.size, int64(len(a.raw)))+1023)/1024))
	}
	s.automatic(&m, l, what)
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	return m, true, worded(&m)
}

// worded sees to it that a mention says something.
func worded(m *bot.Mention) error {
	switch {
	case m.Text != "" || m.Title != "":
	case m.Quoted != "":
		m.Text, m.Quoted = m.Quoted, ""
	case m.Attrs["attachments"] != "":
		m.Text = "Attached: " + m.Attrs["attachments"]
	default:
		return bot.Errorf(bot.ErrInvalid, "The message has no words and no subject.")
	}
	return nil
}

// automatic marks what a program wrote: it is stored, and opens no case. A
// bounce of our own answer is told to the case that it answered.
func (s *Source) automatic(m *bot.Mention, l *letter, what sort) {
	if what == human {
		return
	}
	m.Attrs["automatic"] = string(what)
	m.Author.Automated, m.History = true, true
	if m.Author.ExternalID != "" { // else a customer's absence would make a program of the customer
		m.Author.ExternalID = "automatic " + m.Author.ExternalID
	}
	m.Author.Email = ""
	if what != bounce {
		return
	}
	m.ParentID = l.report.original
	if m.ParentID == "" {
		m.ParentID = s.parent(l.head)
	}
	m.Bounced = s.answered(m.ParentID)
	m.History = !m.Bounced
	m.Author.Name = "The mail server"
	m.Title, m.Quoted = "", ""
	m.Text = text.Clean(l.report.told())
}

// told says what a bounce means.
func (r report) told() string {
	words := "The answer could not be delivered"
	if r.recipient != "" {
		words += " to " + r.recipient
	}
	if why := strings.Trim(r.status+" "+r.why, " "); why != "" {
		words += ": " + why
	}
	return strings.TrimRight(words, ".") + "."
}

// author fills in who wrote it: the sender, or the one whom a form or a group
// of ours names in their place.
func (s *Source) author(m *bot.Mention, h header, what sort) {
	from := sender(h)
	if s.ours(from.address) {
		for _, name := range []string{"x-original-from", "x-original-sender", "reply-to"} {
			if p := people(h.get(name)); len(p) > 0 && !s.ours(p[0].address) {
				from = p[0]
				break
			}
		}
	}
	m.Author = bot.Author{ExternalID: from.address, Email: from.address, Name: from.name, Followers: -1}
	m.Author.Staff = what == human && s.ours(from.address)
}

// external is what a message is called: its Message-ID, which its copies and
// its answers share; without one, what it says.
func (s *Source) external(l *letter, raw []byte) string {
	if ids := messageIDs(l.head.get("message-id")); len(ids) > 0 {
		return ids[0]
	}
	if id := messageID(l.head.get("message-id")); id != "" { // without its brackets
		return id
	}
	return record.ContentID(l.head.get("date"), l.head.get("from"), l.head.get("subject"), string(bytes.TrimSpace(raw[:min(len(raw), 64<<10)])))
}

// references lists what a message says it follows, the oldest first.
func references(h header) []string {
	all := messageIDs(h.get("references"))
	for _, id := range messageIDs(h.get("in-reply-to")) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all[max(0, len(all)-maxIDs):]
}

// parent is what a message answers: the latest of our own answers among what it
// follows, else what it names in In-Reply-To, else the last it refers to.
func (s *Source) parent(h header) string {
	all := references(h)
	for _, id := range slices.Backward(all) {
		if s.answered(id) {
			return id
		}
	}
	if direct := messageIDs(h.get("in-reply-to")); len(direct) > 0 {
		return direct[0]
	}
	if len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

// written is when a message was written: what it says, where that fits its
// arrival, else the arrival.
func written(h header, at, now time.Time) time.Time {
	if at.IsZero() || at.After(now) {
		at = now
	}
	said, err := mail.ParseDate(h.get("date"))
	if err != nil || said.After(at.Add(5*time.Minute)) || said.Before(at.Add(-late)) {
		return at.UTC()
	}
	return said.UTC()
}
