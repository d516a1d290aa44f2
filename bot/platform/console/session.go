package console

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
)

// shared stands for the one token that lets in whoever has it, as any of the
// people without a login of their own.
const shared = ""

// guarded tells whether there is a login at all.
func (c Config) guarded() bool { return c.Token != "" || len(c.Logins) > 0 }

// tokenOf is the token by which a person, or shared, is let in; empty for none.
func (c Config) tokenOf(person string) bot.Secret {
	if person == shared {
		return c.Token
	}
	return c.Logins[person]
}

// holder is whose token this is. It compares digests, all of them, so neither
// a token's length nor its beginning, nor whose it is, can be learnt from how
// long it takes.
func (c Config) holder(token string) (person string, ok bool) {
	given := sha256.Sum256([]byte(token))
	try := func(id string, t bot.Secret) {
		want := sha256.Sum256([]byte(t.Reveal()))
		if t != "" && subtle.ConstantTimeCompare(given[:], want[:]) == 1 {
			person, ok = id, true
		}
	}
	try(shared, c.Token)
	for id, t := range c.Logins {
		try(id, t)
	}
	return person, ok
}

// session is what the cookie of somebody who is let in holds: until when, who,
// and a seal.
func (c Config) session(until time.Time, person string) string {
	said := strconv.FormatInt(until.Unix(), 10) + "." + personValue(person)
	return said + "." + c.seal(said, person)
}

// seal is the session's seal. Its key comes of the token: a new token ends
// every session of it, a restart ends none.
func (c Config) seal(said, person string) string {
	key := sha256.Sum256([]byte("earshot console session\x00" + c.tokenOf(person).Reveal()))
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(said))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// loggedIn tells whether a request comes from somebody who is let in, and as
// whom: shared is any of the people without a login of their own.
func (s *server) loggedIn(r *http.Request) (person string, in bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return "", false
	}
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 3 {
		return "", false
	}
	seconds, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || s.c.now().After(time.Unix(seconds, 0)) {
		return "", false
	}
	person = personOf(parts[1])
	if s.c.cfg.tokenOf(person) == "" || personValue(person) != parts[1] {
		return "", false
	}
	return person, hmac.Equal([]byte(parts[2]), []byte(s.c.cfg.seal(parts[0]+"."+parts[1], person)))
}

// who is the person that this browser acts as: whoever has a login of their
// own is nobody else.
func (s *server) who(r *http.Request) bot.Person {
	if own, in := s.loggedIn(r); in && own != shared {
		return s.c.person(own)
	}
	if cookie, err := r.Cookie(personCookie); err == nil {
		return s.c.anybody(personOf(cookie.Value))
	}
	return s.c.anybody("")
}

// anybody is who of those without a login of their own has this id, the first
// of them otherwise; nobody, where everybody has one.
func (c *Console) anybody(id string) bot.Person {
	all := c.withoutLogin()
	for _, p := range all {
		if p.ID == id {
			return p
		}
	}
	if len(all) == 0 {
		return bot.Person{Platform: Name}
	}
	return all[0]
}

// withoutLogin lists the people whom the shared token, or an open console,
// lets anybody be.
func (c *Console) withoutLogin() []bot.Person {
	return slices.DeleteFunc(slices.Clone(c.cfg.People), func(p bot.Person) bool { return c.cfg.Logins[p.ID] != "" })
}

// choices are the people that somebody can act as from their page.
func (c *Console) choices(me bot.Person) []bot.Person {
	if c.cfg.Logins[me.ID] != "" {
		return []bot.Person{me}
	}
	return c.withoutLogin()
}

// checkLogins refuses tokens that are too short, equal, or nobody's.
func checkLogins(cfg *Config) error {
	tokens := map[string]string{cfg.Token.Reveal(): "console.token"}
	for id, t := range cfg.Logins {
		switch other := tokens[t.Reveal()]; {
		case id == shared || !slices.ContainsFunc(cfg.People, func(p bot.Person) bool { return p.ID == id }):
			return bot.Errorf(bot.ErrInvalid, "The console's login of %q is nobody's: name them among its people.", id)
		case len(t.Reveal()) < minToken:
			return bot.Errorf(bot.ErrInvalid, "The login token of %s is too short to be safe: use at least %d characters, such as the output of `openssl rand -hex 16`.", id, minToken)
		case other != "":
			return bot.Errorf(bot.ErrInvalid, "The login token of %s is that of %s too: each needs its own.", id, other)
		}
		tokens[t.Reveal()] = id
	}
	return nil
}
