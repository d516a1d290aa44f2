package email

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// newTokens is a service that gives tokens, each good for an hour.
func newTokens(t *testing.T) (s *sourcetest.Server, given *int) {
	t.Helper()
	s, given = sourcetest.NewServer(t), new(int)
	s.Handle("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("client_id") != "app" || r.PostFormValue("client_secret") != password || r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("scope") != "mail" {
			sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_client"})
			return
		}
		*given++
		sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"access_token": fmt.Sprint("token-", *given), "expires_in": 3600, "token_type": "Bearer"})
	})
	return s, given
}

// TestOAuth: a token stands in place of the password, is kept while it is good,
// and one that is refused is not used again.
func TestOAuth(t *testing.T) {
	tokens, given := newTokens(t)
	p := newPost(t)
	p.token = "token-1"
	set := p.settings()
	set.Password, set.SMTPEncryption = "", "none"
	set.OAuth = &OAuth{TokenURL: tokens.URL + "/token", ClientID: "app", ClientSecret: password, Scope: "mail"}
	src := open(t, set)
	for range 2 {
		if _, err := src.Answer(t.Context(), asked(), reply(src, asked())); err != nil {
			t.Fatal(err)
		}
	}
	if *given != 1 || len(p.letters()) != 2 {
		t.Errorf("%d tokens for %d letters", *given, len(p.letters()))
	}
	src.now = func() time.Time { return now().Add(time.Hour) }
	if _, err := src.Answer(t.Context(), asked(), reply(src, asked())); bot.KindOf(err) != bot.ErrUnauthorized || *given != 2 {
		t.Errorf("a token that the server does not know: %v, %d tokens", err, *given)
	}
	if src.grant.token != "" {
		t.Error("a refused token is kept")
	}
	set.OAuth = &OAuth{TokenURL: tokens.URL + "/token", ClientID: "app", ClientSecret: "other", Scope: "mail"}
	if _, err := open(t, set).Answer(t.Context(), asked(), reply(src, asked())); bot.KindOf(err) != bot.ErrUnauthorized || strings.Contains(err.Error(), "other") {
		t.Errorf("a wrong secret: %v", err)
	}
	for name, o := range map[string]*OAuth{"no url": {ClientID: "a", ClientSecret: "b"}, "no secret": {TokenURL: "https://x.example", ClientID: "a"}} {
		if bot.KindOf(o.complete()) != bot.ErrInvalid {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestOAuthMailbox: the log-in to a mailbox by a token, as Google and Microsoft
// document it.
func TestOAuthMailbox(t *testing.T) {
	tokens, _ := newTokens(t)
	ln := listen(t)
	defer ln.Close()
	said := make(chan string, 1)
	var all sync.WaitGroup
	all.Go(func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		_, _ = fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] hello\r\n")
		line, _ := in.ReadString('\n')
		tag, rest, _ := strings.Cut(line, " ")
		if strings.TrimSpace(rest) == "AUTHENTICATE XOAUTH2" {
			_, _ = fmt.Fprint(conn, "+ \r\n")
			line, _ = in.ReadString('\n')
			rest = line
		}
		fields := strings.Fields(rest)
		raw, _ := base64.StdEncoding.DecodeString(fields[len(fields)-1])
		said <- string(raw)
		_, _ = fmt.Fprintf(conn, "%s NO [AUTHENTICATIONFAILED] no\r\n", tag)
	})
	set := newPost(t).settings()
	set.Server, set.Password = ln.Addr().String(), ""
	set.OAuth = &OAuth{TokenURL: tokens.URL + "/token", ClientID: "app", ClientSecret: password, Scope: "mail"}
	if _, err := open(t, set).Poll(t.Context(), ""); bot.KindOf(err) != bot.ErrUnauthorized {
		t.Errorf("refused as %v", err)
	}
	if got := <-said; got != "user=us\x01auth=Bearer token-1\x01\x01" {
		t.Errorf("%q", got)
	}
	all.Wait()
}
