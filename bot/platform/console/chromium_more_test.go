package console

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

// TestBrowserLogin is let in with the token alone.
func TestBrowserLogin(t *testing.T) {
	browser := chromium(t)
	c, err := New(Config{Addr: "0.0.0.0:0", Token: secret}, newMemory(), slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c.Handler(platformtest.NewDesk()))
	t.Cleanup(server.Close)
	t.Cleanup(c.hub.shut)
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &tab{t: t, ctx: ctx, host: u.Host}
	p.run(p.size(1440, 940, false), chromedp.Navigate(server.URL), chromedp.WaitVisible("#token", chromedp.ByQuery))
	p.dark(false)
	p.keys("not the token" + kb.Enter)
	p.until("the refusal", `document.querySelector('.error')?.textContent === 'That is not the token.'`)
	p.shoot("login-light")
	p.keys(secret.Reveal() + kb.Enter)
	p.until("the console", `document.documentElement.dataset.ready && document.querySelector('.empty')`)
	p.click(`form[action="/logout"] button`)
	p.until("the login again", `location.pathname === '/login'`)
}

// TestBrowserHeals loses the connection and finds it again: the banner comes
// and goes, what happened meanwhile is there, what was typed still is.
func TestBrowserHeals(t *testing.T) {
	browser := chromium(t)
	s, at := tell(t)
	p := open(t, browser, at+"/c/triage")
	p.keys("/")
	p.keys("search burnt")
	for _, blocked := range []bool{true, false} {
		p.run(chromedp.ActionFunc(func(ctx context.Context) error {
			return network.EmulateNetworkConditions(blocked, 0, -1, -1).Do(ctx)
		}))
		if blocked {
			s.c.hub.mu.Lock()
			for page := range s.c.hub.pages {
				s.c.hub.drop(page)
			}
			s.c.hub.mu.Unlock()
			p.until("the banner", `!document.querySelector('#lost').hidden`)
			p.shoot("lost-light")
			s.do(t, 1042, bot.Change{Verb: bot.Claim, By: bot.Person{Platform: Name, ID: "mara", Name: "Mara"}, Role: bot.Agent, At: time.Now()})
			s.add(t, 1043, voice{who: "crema_kai", source: "Mastodon", said: "Is the pump meant to be this loud?", label: bot.Negative, p: .71})
		}
	}
	p.until("the banner is gone", `document.querySelector('#lost').hidden`)
	p.until("what was missed", `document.querySelector('#stream').textContent.includes('Mara has it') && document.querySelector('#stream').textContent.includes('this loud')`)
	p.until("what was typed", `document.querySelector('#line').value.endsWith('search burnt')`)
	p.run(chromedp.Evaluate(`document.querySelector('#line').blur()`, nil))
	s.slow = 900 * time.Millisecond
	p.eval(`(() => { const b = document.querySelector('#stream button[value^="claim|1043|"]'); b.click(); b.click(); return 1 })()`)
	p.until("the press is under way", `document.querySelector('#stream .busy [aria-disabled]')`)
	p.until("it is done", `document.querySelector('#stream').textContent.includes('Ines has it') && !document.querySelector('.busy')`)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.handled); n != 1 {
		t.Errorf("a double click was done %d times", n)
	}
	p.forgive()
}
