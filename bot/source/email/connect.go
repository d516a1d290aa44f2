package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"mime"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message/charset"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// commandFor is how long a server may take for one command.
const commandFor = 60 * time.Second

// session is a connection to the mailbox, logged in.
type session struct {
	*imapclient.Client
	host string
	conn net.Conn
	news chan struct{} // holds a token when the server said that something came
	stop func() bool   // ends what ctx would end
}

// connect logs in to the IMAP server. The session ends when ctx does, or with
// end.
func (s *Source) connect(ctx context.Context) (*session, error) {
	conn, err := httpx.Dial(ctx, s.http, s.in.addr(), 143, 993)
	if err != nil {
		return nil, err
	}
	x := &session{host: s.in.host, conn: conn, news: make(chan struct{}, 1)}
	x.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
	if err := s.login(ctx, x); err != nil {
		x.end()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return x, nil
}

// login greets the server, secures the connection and logs in.
func (s *Source) login(ctx context.Context, x *session) error {
	defer x.within(commandFor)()
	opt := &imapclient.Options{
		TLSConfig:   s.tls(s.in.host),
		WordDecoder: &mime.WordDecoder{CharsetReader: charset.Reader},
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages == nil {
				return
			}
			select {
			case x.news <- struct{}{}:
			default:
			}
		}},
	}
	var err error
	switch s.in.encryption {
	case "tls":
		secure := tls.Client(x.conn, opt.TLSConfig)
		if err := secure.HandshakeContext(ctx); err != nil {
			return s.broke(s.in, err)
		}
		x.Client = imapclient.New(secure, opt)
	case "starttls":
		if x.Client, err = imapclient.NewStartTLS(x.conn, opt); err != nil {
			x.Client = nil
			return s.broke(s.in, err)
		}
	default:
		x.Client = imapclient.New(x.conn, opt)
	}
	if err := x.WaitGreeting(); err != nil {
		return s.broke(s.in, err)
	}
	if s.set.OAuth != nil {
		token, err := s.token(ctx)
		if err != nil {
			return err
		}
		if err := x.Authenticate(xoauth2{s.set.User, token}); err != nil {
			s.forget()
			return s.broke(s.in, err)
		}
		return nil
	}
	if err := x.Login(s.set.User, s.set.Password.Reveal()).Wait(); err != nil {
		return s.refused(err)
	}
	return nil
}

// refused says what to do about a log-in that failed.
func (s *Source) refused(err error) error {
	var no *imap.Error
	if errors.As(err, &no) && no.Type == imap.StatusResponseTypeNo && no.Code != imap.ResponseCodeUnavailable && no.Code != imap.ResponseCodeLimit && no.Code != imap.ResponseCodeInUse {
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: err,
			Msg: s.in.host + " refuses the user and password. Make a new password for Earshot, set it where password points to, and see that IMAP is allowed for the mailbox."}
	}
	return s.broke(s.in, err)
}

// broke turns a failure of the connection or of a command into what people see.
func (s *Source) broke(at server, err error) error {
	var told *bot.Error
	var no *imap.Error
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &told):
		return told
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: "The certificate of " + at.host + " is not trusted. Check the server's name, or set ca_file to the certificate of your own authority."}
	case errors.As(err, &no) && (no.Code == imap.ResponseCodeAuthenticationFailed || no.Code == imap.ResponseCodeAuthorizationFailed || no.Code == imap.ResponseCodeExpired || no.Code == imap.ResponseCodeNoPerm):
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: err, Msg: at.host + " refuses our credentials. Renew them, or give them the permission that is missing."}
	case errors.As(err, &no) && no.Code == imap.ResponseCodeLimit:
		return &bot.Error{Kind: bot.ErrRateLimited, Err: err, RetryAfter: 5 * time.Minute, Msg: at.host + " asks us to slow down."}
	case errors.As(err, &no):
		return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: at.host + " refuses what it was asked: " + words(no.Text)}
	case strings.Contains(err.Error(), "first record does not look like a TLS handshake"):
		return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: at.host + " does not begin with TLS at this port. Set the encryption to starttls, or give the port."}
	}
	return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: "The connection to " + at.host + " broke."}
}

// words are what a server says, as the end of a sentence.
func words(s string) string {
	s = strings.TrimRight(text.Cut(text.OneLine(text.CutBytes(s, 1000)), 200), ". ")
	return first(s, "it does not say why") + "."
}

func (s *Source) tls(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
}

// within ends the connection unless what is asked for is done in time; call
// what it gives once it is.
func (x *session) within(d time.Duration) func() {
	late := time.AfterFunc(d, func() { _ = x.conn.Close() })
	return func() { late.Stop() }
}

// end closes the connection.
func (x *session) end() {
	x.stop()
	_ = x.conn.Close()
	if x.Client != nil {
		_ = x.Close() // waits until nothing is read any more
	}
}

// bye logs out and closes the connection.
func (x *session) bye() {
	done := x.within(2 * time.Second)
	_ = x.Logout().Wait() // the server may be gone
	done()
	x.end()
}

// open selects a folder for reading alone.
func (s *Source) open(x *session, folder string) (*imap.SelectData, error) {
	defer x.within(commandFor)()
	d, err := x.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	var no *imap.Error
	if errors.As(err, &no) && no.Type == imap.StatusResponseTypeNo && no.Code != imap.ResponseCodeUnavailable && no.Code != imap.ResponseCodeServerBug {
		return nil, &bot.Error{Kind: bot.ErrGone, Err: err, Msg: "There is no folder " + words(folder) + " Check its name; folders inside others are written with the server's own sign, as INBOX/Support."}
	}
	if err != nil {
		return nil, s.broke(s.in, err)
	}
	return d, nil
}
