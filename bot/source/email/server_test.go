package email

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"mime/quotedprintable"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

const password = "pw-" + sourcetest.Canary

// post is a mail house: a mailbox by IMAP, and a server that takes letters.
type post struct {
	user *imapmemserver.User
	imap net.Listener
	smtp net.Listener

	mu    sync.Mutex
	sent  []string // what was taken, whole
	to    []string
	rcpt  error  // what RCPT is answered
	data  error  // what the end of DATA is answered
	lose  bool   // cut the connection in place of an answer
	token string // what XOAUTH2 takes; "" for a server that knows passwords alone
	files bool   // put what was taken into the folder Sent
	dials int
}

func newPost(t *testing.T) *post {
	t.Helper()
	return newPostWith(t, imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIdle: {}}, nil, false)
}

// newPostWith makes a house whose servers can be secured where secure is given;
// first says that its mailbox begins with TLS.
func newPostWith(t *testing.T, caps imap.CapSet, secure *tls.Config, first bool) *post {
	t.Helper()
	p := &post{user: imapmemserver.NewUser("us", password)}
	for _, name := range []string{"INBOX", "Sent"} {
		if err := p.user.Create(name, &imap.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	mem := imapmemserver.New()
	mem.AddUser(p.user)
	quiet := log.New(io.Discard, "", 0)
	in := imapserver.New(&imapserver.Options{Caps: caps, InsecureAuth: true, TLSConfig: secure, Logger: quiet, NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		p.set(func() { p.dials++ })
		return teller{mem.NewSession()}, nil, nil
	}})
	p.imap = listen(t)
	if first {
		p.imap = tls.NewListener(p.imap, secure)
	}
	out := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &taker{p: p, conn: c}, nil }))
	out.AllowInsecureAuth, out.Domain, out.ErrorLog = true, "mail.example", quiet
	out.TLSConfig = secure
	p.smtp = listen(t)
	served := make(chan struct{}, 2)
	go func() { _ = in.Serve(p.imap); served <- struct{}{} }()
	go func() { _ = out.Serve(p.smtp); served <- struct{}{} }()
	t.Cleanup(func() {
		_, _ = p.imap.Close(), p.smtp.Close() // Serve may not have begun
		_, _ = in.Close(), out.Close()
		<-served
		<-served
	})
	return p
}

// teller is a session that tells of every letter while it is idle. The memory
// server's own forgets one that comes between its word that it idles and its
// listening.
type teller struct{ imapserver.Session }

func (s teller) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	look := time.NewTicker(time.Millisecond)
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

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func (p *post) set(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
}

func (p *post) letters() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.sent...)
}

// taker is a session of the server that takes letters.
type taker struct {
	p      *post
	conn   *smtp.Conn
	authed bool
}

func (k *taker) AuthMechanisms() []string {
	if k.p.token != "" {
		return []string{"XOAUTH2"}
	}
	return []string{sasl.Plain}
}

func (k *taker) Auth(mech string) (sasl.Server, error) {
	if mech == "XOAUTH2" {
		return bearer{k}, nil
	}
	return sasl.NewPlainServer(func(_, user, pw string) error {
		if user != "us" || pw != password {
			return smtp.ErrAuthFailed
		}
		k.authed = true
		return nil
	}), nil
}

// bearer is the log-in by a token.
type bearer struct{ k *taker }

func (b bearer) Next(said []byte) ([]byte, bool, error) {
	if said == nil {
		return []byte{}, false, nil
	}
	if string(said) != "user=us\x01auth=Bearer "+b.k.p.token+"\x01\x01" {
		return nil, true, smtp.ErrAuthFailed
	}
	b.k.authed = true
	return nil, true, nil
}

func (k *taker) Reset()        {}
func (k *taker) Logout() error { return nil }

func (k *taker) Mail(string, *smtp.MailOptions) error {
	if !k.authed {
		return &smtp.SMTPError{Code: 530, Message: "log in first"}
	}
	return nil
}

func (k *taker) Rcpt(to string, _ *smtp.RcptOptions) error {
	k.p.mu.Lock()
	defer k.p.mu.Unlock()
	if k.p.rcpt == nil {
		k.p.to = append(k.p.to, to)
	}
	return k.p.rcpt
}

func (k *taker) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	k.p.mu.Lock()
	defer k.p.mu.Unlock()
	if k.p.data != nil {
		return k.p.data
	}
	k.p.sent = append(k.p.sent, string(raw))
	if k.p.files {
		k.p.put("Sent", string(raw), now())
	}
	if k.p.lose {
		_ = k.conn.Conn().Close()
		return errors.New("lost")
	}
	return nil
}

// literal is a letter as it is put into a folder.
type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return int64(l.Len()) }

func (p *post) put(folder, raw string, at time.Time) {
	if _, err := p.user.Append(folder, literal{bytes.NewReader([]byte(raw))}, &imap.AppendOptions{Time: at}); err != nil {
		panic(err)
	}
}

// crlf gives a letter of the tests the line ends of the wire.
func crlf(s string) string { return strings.ReplaceAll(strings.TrimLeft(s, "\n"), "\n", "\r\n") }

func (p *post) settings() Settings {
	return Settings{
		Server: p.imap.Addr().String(), Encryption: "none", User: "us", Password: password, Address: "Larkspur <support@larkspur.example>",
		SMTPServer: p.smtp.Addr().String(), SMTPEncryption: "none",
	}
}

func open(t *testing.T, set Settings) *Source {
	t.Helper()
	decode := func(into any) error { *into.(*Settings) = set; return nil }
	src, err := Driver().New("mail", decode, bot.SourceEnv{HTTP: sourcetest.Client(t), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// polled hides that a mailbox can be listened to, so that the suite asks it.
type polled struct{ bot.Source }

type rig struct{ p *post }

func (r *rig) Source(t *testing.T) bot.Source { return polled{open(t, r.p.settings())} }

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	for _, it := range items {
		r.p.put("INBOX", said(it), it.At)
	}
	return nil
}

// said writes an item as a mail program does.
func said(it sourcetest.Item) string {
	var body bytes.Buffer
	w := quotedprintable.NewWriter(&body)
	_, _ = w.Write([]byte(it.Text))
	_ = w.Close()
	name := "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(it.Author)) + "?="
	return fmt.Sprintf("Message-ID: <%s@example.com>\r\nDate: %s\r\nFrom: %s <%s@example.com>\r\nTo: support@larkspur.example\r\nSubject: The kettle\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%s", it.ID, it.At.Format(time.RFC1123Z), name, it.ID, body.String())
}

func (r *rig) Break(*testing.T) error {
	r.p.put("INBOX", "\r\n", now().Add(-time.Hour))
	return nil
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig { return &rig{newPost(t)} })
}

// everything polls until there is no more.
func everything(t *testing.T, src bot.Source, c bot.Cursor) ([]bot.Mention, bot.Cursor) {
	t.Helper()
	var all []bot.Mention
	for {
		b, err := src.Poll(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		all, c = append(all, b.Mentions...), b.Next
		if !b.More {
			return all, c
		}
	}
}
