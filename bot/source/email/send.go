package email

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// letterOut is a letter that is ready to go.
type letterOut struct {
	msg *mail.Msg
	raw []byte // as it is sent
}

// compose writes an answer: plain text, in the thread of what it answers, and
// nothing in it that a customer's text could have put there as a header.
func (s *Source) compose(m bot.Mention, r bot.Reply, to, id string) (letterOut, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP))
	msg.FromMailAddress(&netmail.Address{Name: s.from.name, Address: s.from.address})
	msg.ReplyToMailAddress(&netmail.Address{Name: s.from.name, Address: s.from.address})
	msg.ToMailAddress(&netmail.Address{Address: to})
	msg.Subject(subject(m))
	msg.SetDateWithValue(r.SendAt)
	if r.SendAt.IsZero() {
		msg.SetDateWithValue(s.now())
	}
	msg.SetMessageIDWithValue(id)
	if parent := messageID(m.ExternalID); parent != "" && m.Kind == "email" {
		msg.SetGenHeaderPreformatted(mail.HeaderInReplyTo, "<"+parent+">")
		refs := append(messageIDs("<"+strings.Join(strings.Fields(m.Attrs["references"]), "><")+">"), parent)
		msg.SetGenHeaderPreformatted(mail.HeaderReferences, folded(refs))
	}
	msg.SetBodyString(mail.TypeTextPlain, text.Clean(r.Text)+"\n")
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		return letterOut{}, fmt.Errorf("write the answer: %w", err)
	}
	return letterOut{msg: msg, raw: raw.Bytes()}, nil
}

// folded writes ids over several lines (RFC 5322 2.2.3).
func folded(ids []string) string {
	ids = ids[max(0, len(ids)-maxIDs):]
	return "<" + strings.Join(ids, ">\r\n <") + ">"
}

// sendFor bounds the whole of a sending.
const sendFor = 90 * time.Second

// smtp makes a client of the server that sends. What it dials ends with ctx.
func (s *Source) smtp(ctx context.Context) (*mail.Client, *dialled, error) {
	d := &dialled{}
	opt := []mail.Option{
		mail.WithPort(s.out.port), mail.WithTimeout(sendFor), mail.WithTLSConfig(s.tls(s.out.host)), mail.WithHELO(helo(s.from.address)), mail.WithoutNoop(), mail.WithoutRset(),
		mail.WithDialContextFunc(func(dctx context.Context, _, addr string) (net.Conn, error) {
			return d.keep(s.dialSMTP(dctx, addr))
		}),
	}
	switch s.out.encryption {
	case "starttls":
		opt = append(opt, mail.WithTLSPolicy(mail.TLSMandatory))
	case "tls":
		opt = append(opt, mail.WithSSL())
	default:
		opt = append(opt, mail.WithTLSPolicy(mail.NoTLS))
	}
	if s.set.SMTPUser != "" {
		password, kind := s.set.SMTPPassword.Reveal(), mail.SMTPAuthAutoDiscover
		if s.out.encryption == "none" {
			kind = mail.SMTPAuthPlainNoEnc
		}
		if s.set.OAuth != nil {
			token, err := s.token(ctx)
			if err != nil {
				return nil, nil, err
			}
			password, kind = token, mail.SMTPAuthXOAUTH2
		}
		opt = append(opt, mail.WithSMTPAuth(kind), mail.WithUsername(s.set.SMTPUser), mail.WithPassword(password))
	}
	c, err := mail.NewClient(s.out.host, opt...)
	if err != nil {
		return nil, nil, &bot.Error{Kind: bot.ErrInvalid, Msg: "The settings of the sending server cannot work. Check smtp_server.", Err: err}
	}
	return c, d, nil
}

// helo is how we name ourselves: by the domain that we write for.
func helo(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

// dialSMTP connects under the guard, with TLS where it comes first.
func (s *Source) dialSMTP(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := httpx.Dial(ctx, s.http, addr, 25, 465, 587)
	if err != nil || s.out.encryption != "tls" {
		return conn, err
	}
	secure := tls.Client(conn, s.tls(s.out.host))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, s.broke(s.out, err)
	}
	return secure, nil
}

// dialled holds the connection of a client, so that it can be ended.
type dialled struct {
	mu   sync.Mutex
	conn net.Conn
}

func (d *dialled) keep(c net.Conn, err error) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conn = c
	return c, err
}

func (d *dialled) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil {
		_ = d.conn.Close()
	}
}

// send hands a letter to the server, once. ErrUncertain means that all of it
// was said and no answer came.
func (s *Source) send(ctx context.Context, out letterOut) error {
	c, conn, err := s.smtp(ctx)
	if err != nil {
		return err
	}
	defer conn.end()
	stop := context.AfterFunc(ctx, conn.end)
	defer stop()
	if err := c.DialWithContext(ctx); err != nil {
		return whole(ctx, s.greeted(err))
	}
	if err := c.Send(out.msg); err != nil && !out.msg.IsDelivered() {
		return s.unsent(out.msg, err)
	}
	done := time.AfterFunc(2*time.Second, conn.end)
	defer done.Stop()
	_ = c.Close() // it was taken; the farewell changes nothing
	return nil
}

// trySending logs in to the server that sends.
func (s *Source) trySending(ctx context.Context) error {
	c, conn, err := s.smtp(ctx)
	if err != nil {
		return err
	}
	defer conn.end()
	stop := context.AfterFunc(ctx, conn.end)
	defer stop()
	if err := c.DialWithContext(ctx); err != nil {
		return whole(ctx, s.greeted(err))
	}
	_ = c.Close()
	return nil
}

// greeted says why the server did not let us in: nothing was sent.
func (s *Source) greeted(err error) error {
	words := err.Error()
	var told *bot.Error
	switch {
	case errors.As(err, &told):
		return told
	case strings.Contains(words, "STARTTLS mode set"):
		return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: s.out.host + " offers no encryption. Use another port, or smtp_encryption: tls."}
	case strings.Contains(words, "AUTH failed") && strings.Contains(words, ": 4"):
		return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: s.out.host + " cannot log us in at the moment."}
	case strings.Contains(words, "AUTH"):
		s.forget()
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: err, Msg: s.out.host + " refuses the user and password. Check smtp_user and smtp_password, and that the mailbox may send by SMTP."}
	}
	return s.broke(s.out, err)
}

// unsent says why a letter was not taken, or that nobody knows. What broke
// before the end of the letter was said was not taken (RFC 5321 4.1.1.4).
func (s *Source) unsent(msg *mail.Msg, err error) error {
	var e *mail.SendError
	if !errors.As(msg.SendError(), &e) && !errors.As(err, &e) {
		return &bot.Error{Kind: bot.ErrUncertain, Err: err, Msg: "The connection to " + s.out.host + " broke while the letter was sent; it may have arrived."}
	}
	code := e.ErrorCode()
	switch {
	case e.Reason == mail.ErrSMTPDataClose && code == 0:
		return &bot.Error{Kind: bot.ErrUncertain, Err: err, Msg: s.out.host + " did not say whether it took the letter; it may have arrived."}
	case code == 0:
		return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: "The connection to " + s.out.host + " broke before the letter was sent."}
	case code == 530 || code == 535 || code == 534:
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: err, Msg: s.out.host + " asks for a log-in. Set smtp_user and smtp_password."}
	case code < 500:
		return &bot.Error{Kind: bot.ErrUnavailable, Err: err, RetryAfter: 5 * time.Minute, Msg: s.out.host + " cannot take the letter at the moment."}
	case e.Reason == mail.ErrSMTPRcptTo:
		return &bot.Error{Kind: bot.ErrGone, Err: err, Msg: "The customer's address is refused: " + serverWords(err)}
	}
	return &bot.Error{Kind: bot.ErrInvalid, Err: err, Msg: s.out.host + " refuses the letter: " + serverWords(err)}
}

// serverWords are what the server said, without what the library adds.
func serverWords(err error) string {
	w := err.Error()
	if i := strings.Index(w, ": 5"); i >= 0 {
		w = w[i+2:]
	}
	w, _, _ = strings.Cut(w, ", affected ")
	return words(w)
}
