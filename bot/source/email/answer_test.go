package email

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"

	"earshot/bot"
)

func asked() bot.Mention {
	return bot.Mention{
		Source: "mail", Kind: "email", ExternalID: "1@example.com", Author: bot.Author{Email: "ann@example.com", Name: "Ann"},
		Attrs: map[string]string{"subject": "Größe & <Kettle>", "references": "y@example.com z@example.com"},
	}
}

func reply(s *Source, m bot.Mention) bot.Reply {
	return bot.Reply{ID: 5, Way: s.Ways(m)[0], Text: "Sorry, Ann!\n.\nBcc: x@example.com\n\nWe send a new lid – today. " + strings.Repeat("long ", 300), CreatedAt: now(), SendAt: now()}
}

// TestAnswerIsALetterOfItsThread: what reaches the customer.
func TestAnswerIsALetterOfItsThread(t *testing.T) {
	p := newPost(t)
	src := open(t, p.settings())
	m := asked()
	r := reply(src, m)
	at, err := src.Answer(t.Context(), m, r)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.letters()) != 1 || len(p.to) != 1 || p.to[0] != "ann@example.com" {
		t.Fatalf("%d letters, to %v", len(p.letters()), p.to)
	}
	got, err := mail.ReadMessage(strings.NewReader(p.letters()[0]))
	if err != nil {
		t.Fatal(err)
	}
	h := header{}
	for k, v := range got.Header {
		h[strings.ToLower(k)] = v
	}
	for field, want := range map[string]string{
		"message-id": "<" + at.ExternalID + ">", "in-reply-to": "<1@example.com>", "references": "<y@example.com> <z@example.com> <1@example.com>",
		"from": `"Larkspur" <support@larkspur.example>`, "reply-to": `"Larkspur" <support@larkspur.example>`, "to": "<ann@example.com>", "auto-submitted": "", "bcc": "", "user-agent": "",
	} {
		if h.get(field) != want {
			t.Errorf("%s is %q, want %q", field, h.get(field), want)
		}
	}
	if h.words("subject") != "Re: Größe & <Kettle>" || !strings.HasPrefix(at.ExternalID, r.Key()+".") || !strings.HasSuffix(at.ExternalID, "@larkspur.example") {
		t.Errorf("subject %q, id %q", h.words("subject"), at.ExternalID)
	}
	l := readLetter([]byte(p.letters()[0]), src.signs)
	if strings.TrimSpace(strings.ReplaceAll(strings.Join(l.plain, ""), "\r", "")) != strings.TrimSpace(r.Text) {
		t.Errorf("the words are %q", l.plain)
	}
	for _, line := range strings.Split(p.letters()[0], "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
	customer := read(t, src, from+"In-Reply-To: <"+at.ExternalID+">\n\nThank you!")
	if customer.ParentID != at.ExternalID || customer.Title != "" {
		t.Errorf("the customer's answer is not joined: %+v", customer)
	}
}

// TestWhoCanBeAnswered: and where the answer goes.
func TestWhoCanBeAnswered(t *testing.T) {
	p := newPost(t)
	src := open(t, p.settings())
	for name, tc := range map[string]struct {
		change func(*bot.Mention)
		to     string
	}{
		"a customer":  {func(*bot.Mention) {}, "ann@example.com"},
		"elsewhere":   {func(m *bot.Mention) { m.Attrs["reply_to"] = "shop@example.com" }, "shop@example.com"},
		"broken":      {func(m *bot.Mention) { m.Author.Email = "ann@example.com\r\nRCPT TO:<x@example.com>" }, ""},
		"nobody":      {func(m *bot.Mention) { m.Author.Email = "" }, ""},
		"no reply":    {func(m *bot.Mention) { m.Author.Email = "no-reply@example.com" }, ""},
		"a program":   {func(m *bot.Mention) { m.Author.Automated = true }, ""},
		"ourselves":   {func(m *bot.Mention) { m.Author.Email = "support@larkspur.example" }, ""},
		"taken back":  {func(m *bot.Mention) { m.Deleted = true }, ""},
		"from survey": {func(m *bot.Mention) { *m = bot.Mention{ExternalID: "r1", Kind: "webhook", Author: m.Author} }, "ann@example.com"},
	} {
		m := asked()
		tc.change(&m)
		ways := src.Ways(m)
		if (tc.to != "") != (len(ways) == 1) || tc.to != "" && (!strings.Contains(ways[0].Label, tc.to) || ways[0].Public) {
			t.Errorf("%s: %+v", name, ways)
		}
	}
	set := p.settings()
	set.SMTPServer = ""
	if ways := open(t, set).Ways(asked()); ways != nil {
		t.Errorf("without a server: %+v", ways)
	}
	m := bot.Mention{ExternalID: "r1@x", Kind: "webhook", Author: bot.Author{Email: "ann@example.com"}}
	if _, err := src.Answer(t.Context(), m, reply(src, m)); err != nil {
		t.Fatal(err)
	}
	h, _ := splitHeader([]byte(p.letters()[0]))
	if h.get("in-reply-to") != "" || h.words("subject") != "Your feedback" {
		t.Errorf("%v", h)
	}
}

// TestRefusedLetters: every refusal has its kind, and nothing is doubled.
func TestRefusedLetters(t *testing.T) {
	for name, tc := range map[string]struct {
		fail func(p *post, s *Settings)
		kind bot.ErrorKind
	}{
		"unknown": {func(p *post, _ *Settings) {
			p.rcpt = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		}, bot.ErrGone},
		"greylisted": {func(p *post, _ *Settings) {
			p.rcpt = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later"}
		}, bot.ErrUnavailable},
		"spam": {func(p *post, _ *Settings) {
			p.data = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "spam"}
		}, bot.ErrInvalid},
		"full": {func(p *post, _ *Settings) {
			p.data = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "full"}
		}, bot.ErrUnavailable},
		"lost":           {func(p *post, _ *Settings) { p.lose = true }, bot.ErrUncertain},
		"wrong password": {func(_ *post, s *Settings) { s.SMTPUser, s.SMTPPassword = "us", "other" }, bot.ErrUnauthorized},
		"no log-in":      {func(_ *post, s *Settings) { s.SMTPUser = "none" }, bot.ErrUnauthorized},
		"no encryption":  {func(_ *post, s *Settings) { s.SMTPEncryption = "starttls" }, bot.ErrUnavailable},
		"no TLS":         {func(_ *post, s *Settings) { s.SMTPEncryption = "tls" }, bot.ErrUnavailable},
		"nobody there":   {func(p *post, _ *Settings) { _ = p.smtp.Close() }, bot.ErrUnavailable},
		"private":        {func(_ *post, s *Settings) { s.SMTPServer = "10.0.0.1:25" }, bot.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			set := p.settings()
			p.set(func() { tc.fail(p, &set) })
			src := open(t, set)
			_, err := src.Answer(t.Context(), asked(), reply(src, asked()))
			if bot.KindOf(err) != tc.kind || !strings.HasSuffix(bot.Told(err), ".") || strings.Contains(err.Error(), password) {
				t.Errorf("%v, kind %s", err, bot.KindOf(err))
			}
			if n := len(p.letters()); n != 0 && tc.kind != bot.ErrUncertain {
				t.Errorf("%d letters were taken", n)
			}
		})
	}
}

// TestHangingServerIsLeft: a server that says nothing holds nobody.
func TestHangingServerIsLeft(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	set := newPost(t).settings()
	set.Server, set.SMTPServer = ln.Addr().String(), ln.Addr().String()
	src := open(t, set)
	for name, do := range map[string]func(context.Context) error{
		"Poll":   func(ctx context.Context) error { _, err := src.Poll(ctx, ""); return err },
		"Answer": func(ctx context.Context) error { _, err := src.Answer(ctx, asked(), reply(src, asked())); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- do(ctx) }()
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		conn.Close()
	}
}

// TestFoundAmongTheSent: after an uncertain end it is looked for, as far as can
// be known.
func TestFoundAmongTheSent(t *testing.T) {
	for name, tc := range map[string]struct {
		sent         string
		files, there bool
		late         time.Duration
		kind         bot.ErrorKind
	}{
		"filed by the server":        {"server", true, true, 0, ""},
		"not yet filed":              {"server", false, false, time.Second, bot.ErrUnavailable},
		"not filed, so not sent":     {"server", false, false, 3 * time.Minute, ""},
		"nobody files":               {"none", false, false, time.Hour, bot.ErrUnsupported},
		"we file, and it broke then": {"append", false, false, time.Hour, bot.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			set := p.settings()
			set.Sent = tc.sent
			p.set(func() { p.lose, p.files = true, tc.files })
			src := open(t, set)
			m, r := asked(), reply(src, asked())
			if _, err := src.Answer(t.Context(), m, r); bot.KindOf(err) != bot.ErrUncertain {
				t.Fatal(err)
			}
			src.now = func() time.Time { return now().Add(tc.late) }
			at, there, err := src.FindAnswer(t.Context(), m, r)
			if bot.KindOf(err) != tc.kind || there != tc.there || there && at.ExternalID != src.answerID(m, r) {
				t.Errorf("%+v %t %v", at, there, err)
			}
		})
	}
	p := newPost(t)
	set := p.settings()
	set.Sent = "append"
	src := open(t, set)
	m, r := asked(), reply(src, asked())
	if _, err := src.Answer(t.Context(), m, r); err != nil {
		t.Fatal(err)
	}
	if _, there, err := src.FindAnswer(t.Context(), m, r); !there || err != nil {
		t.Errorf("what we filed is not found: %t %v", there, err)
	}
}

// TestAftermath: who answered our answer, and whether it came back.
func TestAftermath(t *testing.T) {
	p := newPost(t)
	src := open(t, p.settings())
	at := bot.Placed{ExternalID: src.answerID(asked(), reply(src, asked()))}
	follow := func() bot.Aftermath {
		a, err := src.Follow(t.Context(), asked(), at)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := follow(); a != (bot.Aftermath{}) {
		t.Errorf("%+v", a)
	}
	p.put("INBOX", crlf(from+"In-Reply-To: <"+at.ExternalID+">\n\nThank you"), now())
	p.put("INBOX", crlf(from+"In-Reply-To: <"+at.ExternalID+">\nAuto-Submitted: auto-replied\n\nAway"), now())
	if a := follow(); a != (bot.Aftermath{Answers: 1}) {
		t.Errorf("%+v", a)
	}
	p.put("INBOX", crlf("From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nX: y\n\nAction: failed\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <"+at.ExternalID+">\n--b--"), now())
	if a := follow(); a.State != "bounced" || !a.Bounced {
		t.Errorf("%+v", a)
	}
}

// TestEncryption: TLS from the start and STARTTLS, with an authority of one's
// own, and never without trust.
func TestEncryption(t *testing.T) {
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS()
	defer web.Close()
	secure := &tls.Config{Certificates: web.TLS.Certificates}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"tls", "starttls"} {
		p := newPostWith(t, imap.CapSet{imap.CapIMAP4rev1: {}}, secure, mode == "tls")
		set := p.settings()
		set.Encryption, set.SMTPEncryption = mode, "starttls"
		for _, f := range open(t, set).Check(t.Context()) {
			if f.OK || !strings.Contains(f.Mend, "ca_file") {
				t.Errorf("%s: an unknown certificate is trusted: %+v", mode, f)
			}
		}
		set.CAFile = ca
		src := open(t, set)
		for _, f := range src.Check(t.Context()) {
			if !f.OK {
				t.Errorf("%s: %+v", mode, f)
			}
		}
		if _, err := src.Answer(t.Context(), asked(), reply(src, asked())); err != nil || len(p.letters()) != 1 {
			t.Errorf("%s: %v", mode, err)
		}
	}
}
