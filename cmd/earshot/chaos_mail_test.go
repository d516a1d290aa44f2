package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailHouse has mailboxes by IMAP, and takes letters by SMTP: not always, and
// it does not always say so.
type mailHouse struct {
	boxes      []*mailbox
	imap, smtp net.Listener
	busy       bool   // it may put letters off: they are tried again after five minutes, which a short run has not
	taken      func() // called in the instant in which a letter is taken; nil for nothing

	mu     sync.Mutex
	dice   *rand.Rand // nil in calm weather
	storm  bool       // it takes nothing now
	faults map[string]int
	sent   []letter            // what was taken
	ids    map[string][]string // the Message-IDs of a text, of every try
}

// mailbox is a source of letters.
type mailbox struct {
	name  string // of the source, and its user's
	files bool   // the server keeps a copy of what it sends
	user  *imapmemserver.User
	tries int // how often somebody tried to send a letter; guarded by its house's mu
}

const mailPassword = "the-mailbox-password"

// letter is one that was taken.
type letter struct {
	from                  *mailbox
	id, to, answers, text string
}

// mailboxes are the mailboxes of a run. Whether a letter arrived can be known
// by the second alone, and for that it waits two minutes: it is in long runs.
func mailboxes(p plan) []*mailbox {
	all := []*mailbox{{name: "letters"}, {name: "post", files: true}}
	if p.kills <= shortRun {
		return all[:1]
	}
	return all
}

// shortRun is as many kills as a run in CI has; in one of more than putsOff the
// server also puts letters off, each for five minutes.
const shortRun, putsOff = 10, 50

func newMailHouse(t *testing.T, c *chaos) *mailHouse {
	t.Helper()
	m := &mailHouse{boxes: mailboxes(c.plan), busy: c.plan.kills > putsOff, dice: c.dice(diceMail), faults: map[string]int{}, ids: map[string][]string{}}
	memory := imapmemserver.New()
	for _, b := range m.boxes {
		b.user = imapmemserver.NewUser(b.name, mailPassword)
		for _, folder := range []string{"INBOX", "Sent"} {
			if err := b.user.Create(folder, &imap.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		memory.AddUser(b.user)
	}
	quiet := log.New(io.Discard, "", 0)
	in := imapserver.New(&imapserver.Options{Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIdle: {}}, InsecureAuth: true, Logger: quiet,
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return teller{memory.NewSession()}, nil, nil
		}})
	out := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) { return &postman{m: m, conn: conn}, nil }))
	out.AllowInsecureAuth, out.Domain, out.ErrorLog = true, "mail.example", quiet
	var err error
	if m.imap, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if m.smtp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = in.Serve(m.imap) }) // ends with the listener
	serving.Go(func() { _ = out.Serve(m.smtp) })
	t.Cleanup(func() {
		_, _ = m.imap.Close(), m.smtp.Close() // Serve may not have begun
		_, _ = in.Close(), out.Close()
		serving.Wait()
	})
	return m
}

// sources is the configuration of the mailboxes.
func (m *mailHouse) sources(imap, smtp string) string {
	var yaml strings.Builder
	for _, b := range m.boxes {
		keeps := map[bool]string{true: "server", false: "none"}[b.files]
		fmt.Fprintf(&yaml, "  - {name: %s, kind: email, server: %q, encryption: none, user: %s, password: %s, address: \"Larkspur <%s@larkspur.example>\", ", b.name, imap, b.name, mailPassword, b.name)
		fmt.Fprintf(&yaml, "smtp_server: %q, smtp_encryption: none, sent: %s, sent_folder: Sent, watch: Larkspur}\n", smtp, keeps)
	}
	return yaml.String()
}

// names lists the mailboxes.
func (m *mailHouse) names() (all []string) {
	for _, b := range m.boxes {
		all = append(all, b.name)
	}
	return all
}

// teller is a session that tells of every letter while it is idle. The memory
// server's own forgets one that comes between its word that it idles and its
// listening.
type teller struct{ imapserver.Session }

func (s teller) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-stop:
			return nil
		case <-look.C:
			if err := s.Poll(w, true); err != nil {
				return err
			}
		}
	}
}

// put lays a letter into a folder.
func (b *mailbox) put(folder, raw string) error {
	_, err := b.user.Append(folder, lettered{bytes.NewReader([]byte(raw))}, &imap.AppendOptions{Time: time.Now()})
	return err
}

// lettered is a letter as it is put into a folder.
type lettered struct{ *bytes.Reader }

func (l lettered) Size() int64 { return int64(l.Len()) }

// writers write letters, whether the bot listens or not.
func (c *chaos) writers(ctx context.Context, dice *rand.Rand) {
	every(ctx, dice, 1200*time.Millisecond, func() {
		b := c.mail.boxes[dice.IntN(len(c.mail.boxes))]
		s := c.said.say(b.name, dice)
		raw := fmt.Sprintf("Message-ID: <letter%d@customers.example>\r\nDate: %s\r\nFrom: Customer <%s>\r\nTo: %s@larkspur.example\r\nSubject: My order\r\n"+
			"Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", s.n, time.Now().Format(time.RFC1123Z), writerOf(s.n), b.name, s.text)
		if err := b.put("INBOX", raw); err != nil {
			c.t.Errorf("letter %d: %v", s.n, err)
			return
		}
		c.said.keep(s)
	})
}

// writerOf is the address of whoever wrote a letter.
func writerOf(n int) string { return fmt.Sprintf("customer%d@customers.example", n) }

// postman is a session of the server that takes letters.
type postman struct {
	m    *mailHouse
	conn *smtp.Conn
	box  *mailbox // whose log-in it is; nil before
	to   string
}

func (k *postman) AuthMechanisms() []string { return []string{sasl.Plain} }

func (k *postman) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		i := slices.Index(k.m.names(), user)
		if i < 0 || password != mailPassword {
			return smtp.ErrAuthFailed
		}
		k.box = k.m.boxes[i]
		return nil
	}), nil
}

func (k *postman) Reset()        {}
func (k *postman) Logout() error { return nil }

func (k *postman) Mail(string, *smtp.MailOptions) error {
	if k.box == nil {
		return &smtp.SMTPError{Code: 530, Message: "log in first"}
	}
	return nil
}

func (k *postman) Rcpt(to string, _ *smtp.RcptOptions) error {
	if k.m.fate("450 to the address", 6) {
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
	}
	k.to = to
	return nil
}

// Data takes a letter, or says that it cannot now, or says nothing and has
// taken it, or has not.
func (k *postman) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l := k.m.tried(raw)
	l.from, l.to = k.box, k.to
	cut := func() error {
		_ = k.conn.Conn().Close()
		return errors.New("the connection is lost")
	}
	before, after := k.m.lot(k.box)
	switch {
	case k.m.fate("451 to the letter", 6):
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not now"}
	case k.m.fate("cut before it is taken", before):
		return cut()
	}
	if k.box.files {
		if err := k.box.put("Sent", string(raw)); err != nil {
			return err
		}
	}
	k.m.mu.Lock()
	k.m.sent = append(k.m.sent, l)
	k.m.mu.Unlock()
	if k.m.taken != nil {
		k.m.taken()
	}
	if k.m.fate("cut after it is taken", after) {
		return cut()
	}
	return nil
}

// lot is how likely the connection is cut before a letter of a mailbox is taken,
// and after. Two things happen in every run, however short: where nobody can ask
// whether a letter was sent, the first one is cut before it is taken, and people
// have it sent again; and the first one that is taken is cut then.
func (m *mailHouse) lot(b *mailbox) (before, after int) {
	taken := slices.ContainsFunc(m.letters(), func(l letter) bool { return l.from == b })
	m.mu.Lock()
	defer m.mu.Unlock()
	b.tries++
	switch {
	case b.tries == 1 && !b.files:
		return 1, 1
	case !taken && !b.files:
		return never, 1
	case !taken:
		return 6, 1
	}
	return 6, 4
}

// never is the likelihood of what does not happen.
const never = 1 << 40

// triesOf is how often somebody tried to send a letter of a mailbox.
func (m *mailHouse) triesOf(b *mailbox) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return b.tries
}

// fate tells whether something happens now, one time in so many: what happens
// every time does so in calm weather too.
func (m *mailHouse) fate(what string, in int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	later := strings.HasPrefix(what, "4")
	switch {
	case later && !m.busy, in > 1 && m.dice == nil:
		return false
	case in > 1 && !(later && m.storm) && m.dice.IntN(in) > 0:
		return false
	}
	m.faults["mail: "+what]++
	return true
}

// storms lets it take nothing until it is told otherwise.
func (m *mailHouse) storms(yes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.storm = yes
}

// calm ends what goes wrong.
func (m *mailHouse) calm() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dice = nil
}

// tried reads a letter that somebody tries to send.
func (m *mailHouse) tried(raw []byte) letter {
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return letter{text: string(raw)}
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		body = raw
	}
	l := letter{id: msg.Header.Get("Message-Id"), answers: msg.Header.Get("In-Reply-To"), text: msg.Header.Get("Subject") + "\n" + string(body)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains(m.ids[l.text], l.id) {
		m.ids[l.text] = append(m.ids[l.text], l.id)
	}
	return l
}

// letters are all that were taken.
func (m *mailHouse) letters() []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.sent)
}

// checkLetters: a letter goes to whom it answers, and has one Message-ID
// however often it is tried.
func (b *books) checkLetters() {
	m := b.c.mail
	for _, l := range m.letters() {
		n, _ := numbered(strings.Replace(l.answers, "letter", "number", 1))
		if l.to != writerOf(n) {
			b.leaks("the letter %q, which answers %s, went to %s", l.text, l.answers, l.to)
		}
	}
	for text, ids := range m.ids {
		if len(ids) > 1 {
			b.c.t.Errorf("the letter %q was tried with the Message-IDs %v", text, ids)
		}
	}
}
