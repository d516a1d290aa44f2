package console

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The browser tests run with EARSHOT_BROWSER=1, where chromium is installed.
// With -shots DIR they also leave pictures there, for the README.
var shots = flag.String("shots", "", "folder for pictures of the console")

// pageLimit bounds one browser test: a page that hangs fails here.
const pageLimit = 90 * time.Second

// chromium starts a browser, or says why the test does not run.
func chromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("with -short, as under the race detector, no browser is started; CI runs these tests without it")
	}
	if os.Getenv("EARSHOT_BROWSER") != "1" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI runs the browser tests: install chromium and set EARSHOT_BROWSER=1")
		}
		t.Skip("browser tests run with EARSHOT_BROWSER=1, where chromium is installed")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("EARSHOT_BROWSER=1 needs chromium: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("font-render-hinting", "none")) // its profile is chromedp's own, which waits for the last of its processes
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.Context()), pageLimit)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	return ctx
}

// tab is one page of a browser that notes everything that is wrong with it.
type tab struct {
	t     *testing.T
	ctx   context.Context
	host  string
	mu    sync.Mutex
	wrong []string
}

// open opens a page. A second page gets a browser of its own: one that lies
// behind another draws nothing.
func open(t *testing.T, browser context.Context, at string) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser, chromedp.WithErrorf(func(string, ...any) {})) // it reports events that it does not know
	t.Cleanup(func() {
		defer stop()
		if err := chromedp.Cancel(ctx); err != nil { // waits until the browser has gone
			t.Logf("close the browser: %v", err)
		}
	})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	p := &tab{t: t, ctx: ctx, host: u.Host}
	chromedp.ListenTarget(ctx, p.note)
	p.run(log.Enable(), network.Enable(), runtime.Enable(), p.size(1440, 940, false))
	p.dark(false)
	p.run(chromedp.Navigate(at), p.ready())
	t.Cleanup(p.clean)
	return p
}

// note writes down what no page of ours may do.
func (p *tab) note(e any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := e.(type) {
	case *runtime.EventExceptionThrown:
		p.wrong = append(p.wrong, "exception: "+e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			p.wrong = append(p.wrong, fmt.Sprintf("console: %s", e.Args[0].Value))
		}
	case *log.EventEntryAdded: // violations of the policy among them
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			p.wrong = append(p.wrong, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err == nil && u.Host != p.host && u.Scheme != "data" {
			p.wrong = append(p.wrong, "request to another host: "+e.Request.URL)
		}
	}
}

func (p *tab) clean() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.wrong {
		p.t.Error(w)
	}
}

// forgive drops what a lost connection writes into the log by its nature.
func (p *tab) forgive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []string
	for _, w := range p.wrong {
		if !strings.Contains(w, "ERR_INTERNET_DISCONNECTED") && !strings.Contains(w, "ERR_INCOMPLETE_CHUNKED_ENCODING") {
			left = append(left, w)
		}
	}
	p.wrong = left
}

func (p *tab) run(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatalf("browser: %v (%v)", err, p.wrong)
	}
}

func (p *tab) ready() chromedp.Action {
	return chromedp.WaitVisible(`html[data-ready]`, chromedp.ByQuery)
}

func (p *tab) size(w, h int64, phone bool) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		return emulation.SetDeviceMetricsOverride(w, h, 2, phone).Do(ctx)
	})
}

// dark sets what the system asks for; nothing moves, so that pictures are still.
func (p *tab) dark(on bool) {
	p.t.Helper()
	value := "light"
	if on {
		value = "dark"
	}
	p.run(chromedp.ActionFunc(func(ctx context.Context) error {
		return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}, {Name: "prefers-reduced-motion", Value: "reduce"}}).Do(ctx)
	}))
}

// until waits for a JavaScript expression to hold, over a change of page too.
func (p *tab) until(what, js string) {
	p.t.Helper()
	end := time.Now().Add(8 * time.Second)
	for {
		err := chromedp.Run(p.ctx, chromedp.Poll("!!("+js+")", nil, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(time.Until(end))))
		if err == nil {
			return
		}
		if time.Now().After(end) || p.ctx.Err() != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.t.Fatalf("waited for: %s (%v); %v", what, err, p.wrong)
		}
	}
}

func (p *tab) eval(js string) string {
	p.t.Helper()
	var out string
	p.run(chromedp.Evaluate("String("+js+")", &out))
	return out
}

// keys types on the keyboard.
func (p *tab) keys(s string) { p.t.Helper(); p.run(chromedp.KeyEvent(s)) }

func (p *tab) click(selector string) {
	p.t.Helper()
	p.run(chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// button presses a button of a case's card in the stream.
func (p *tab) button(id int64, name string) {
	p.t.Helper()
	p.click(fmt.Sprintf(`#stream button.button[value^="%s|%d|"]`, name, id))
}

// shoot leaves a picture, when pictures are wanted.
func (p *tab) shoot(name string) {
	p.t.Helper()
	if *shots == "" {
		return
	}
	var png []byte
	p.run(chromedp.Evaluate(`Promise.all([...document.querySelectorAll('article > figure img')]
		.filter((i) => i.getBoundingClientRect().bottom > 0 && i.getBoundingClientRect().top < innerHeight).map((i) => i.decode()))`, nil,
		func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	p.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = cdppage.CaptureScreenshot().WithFormat(cdppage.CaptureScreenshotFormatPng).Do(ctx)
		return err
	}))
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// TestBrowserReply walks the main way: see a card, claim it, reply through
// form, preview and send; another page sees it live.
func TestBrowserReply(t *testing.T) {
	browser := chromium(t)
	s, at := tell(t)
	a := open(t, browser, at)
	b := open(t, chromium(t), at+"/c/triage")
	a.until("the card", `document.querySelector('#stream blockquote')?.textContent.includes('Kennt') || document.body.textContent.includes('smells burnt')`)
	a.shoot("card-light")
	a.dark(true)
	a.shoot("card-dark")
	a.dark(false)
	a.button(1042, "claim")
	b.until("the claim in the other page", `document.querySelector('#stream [data-item="4"] .state').textContent.includes('Ines has it')`)
	a.button(1042, "reply")
	a.until("the form", `document.querySelector('#dialog').open && document.activeElement.matches('textarea')`)
	a.keys("We will look into a recall.")
	a.until("the count", `document.querySelector('.count').textContent === '27 of 500'`)
	a.click("[data-submit]")
	a.until("the error beside its field, the text kept", `document.querySelector('.error').textContent.includes('guidelines') && document.activeElement.value.includes('recall') && document.activeElement.getAttribute('aria-invalid') === 'true'`)
	a.shoot("form-error")
	a.keys(kb.Control + "a")
	a.eval(`(document.activeElement.value = '')`)
	a.keys("We are sorry, Hilda. Please unplug it now: a burnt smell is not safe. A courier picks it up tomorrow, and a tested machine is on its way to you.")
	a.shoot("form-light")
	a.keys(kb.Escape)
	a.until("the form is closed", `!document.querySelector('#dialog').open`)
	a.button(1042, "reply")
	a.until("the draft is kept", `document.querySelector('#dialog').open && document.activeElement.value?.includes('courier')`)
	a.click("[data-submit]")
	a.until("the preview", `document.querySelector('#dialog h2').textContent === 'Send this?' && document.querySelector('#dialog pre').textContent.includes('tomorrow')`)
	a.shoot("preview-light")
	a.click("[data-back]")
	a.until("back at the form", `document.activeElement.value?.includes('courier')`)
	a.click("[data-submit]")
	a.until("the preview again", `document.querySelector('#dialog h2').textContent === 'Send this?'`)
	a.click("[data-submit]")
	a.until("the card says answered", `!document.querySelector('#dialog').open && document.querySelector('#stream [data-item="4"] .state').textContent.includes('Answered in')`)
	b.until("so does the other page", `document.querySelector('#stream [data-item="4"] .state').textContent.includes('Answered in')`)
	if n := len(s.handled); n != 8 {
		t.Errorf("%d acts were done, want 8", n)
	}
}

// TestBrowserKeyboard does it all without a mouse, and on a phone's width.
func TestBrowserKeyboard(t *testing.T) {
	browser := chromium(t)
	s, at := tell(t)
	p := open(t, browser, at+"/c/triage")
	p.keys("k")
	p.until("the newest card has the focus", `document.activeElement.closest('[data-item]')?.dataset.item === '4' && document.activeElement.matches('article')`)
	p.keys("k")
	p.keys("k")
	p.keys("j")
	p.until("the card before it has the focus", `document.activeElement.closest('[data-item]')?.dataset.item === '3'`)
	p.keys(kb.Enter)
	p.until("its thread is open", `document.querySelector('#thread .log')?.textContent.includes('claimed it') && location.pathname === '/c/triage/3' && !document.querySelector('.htmx-swapping, .htmx-settling')`)
	p.shoot("thread-light")
	p.click("#words")
	p.keys("Called the depot: it is the 4.2 heater bug.")
	p.keys(kb.Enter)
	p.until("the word to the team", `document.querySelector('#thread .said')?.textContent.includes('heater bug') && document.querySelector('#words').value === ''`)
	p.keys("@earshot claim" + kb.Enter)
	p.until("the private answer in the thread", `document.querySelector('#thread .notes .note')?.textContent.includes('You have case 1042') && document.querySelector('#words').value === ''`)
	p.shoot("thread-note")
	p.run(chromedp.Focus("#thread .said .aside", chromedp.ByQuery))
	p.keys(kb.Enter)
	p.until("the word is made a case", `document.querySelector('#thread .log-list .note')?.textContent.includes('case 1044')`)
	p.run(chromedp.Focus(`#thread article [data-menu]`, chromedp.ByQuery))
	p.keys(kb.Enter)
	p.until("the menu", `document.activeElement.matches('.options:popover-open [role=menuitem]')`)
	p.keys(kb.ArrowUp)
	p.until("its last entry", `document.activeElement.textContent === 'Show history'`)
	p.shoot("menu-light")
	p.keys(kb.Escape)
	p.until("the menu is closed, the focus back on its button", `document.activeElement.matches('#thread [data-menu]') && !document.querySelector('.options:popover-open')`)
	p.click("#words")
	p.keys(kb.Escape)
	p.keys(kb.Escape)
	p.until("the thread is closed, the focus back on its card", `document.querySelector('#thread').hidden && location.pathname === '/c/triage' && document.activeElement.closest('[data-item]')?.dataset.item === '3'`)
	p.commands()
	p.channels()
	p.phone(at)
	if n := len(s.handled); n != 4 {
		t.Errorf("%d acts were done, want 4", n)
	}
}

// commands types into the command box, by keyboard alone.
func (p *tab) commands() {
	p.t.Helper()
	p.keys("/")
	p.until("the command box", `document.activeElement.id === 'line' && !document.querySelector('#completions').hidden`)
	p.shoot("completions")
	p.keys("in")
	p.until("one completion", `document.querySelectorAll('#completions li').length === 1`)
	p.keys(kb.Tab)
	p.until("it is taken", `document.activeElement.value === 'inbox '`)
	p.keys(kb.Enter)
	p.until("the private answer", `document.querySelector('#notes .note')?.textContent.includes('2 cases wait')`)
	p.shoot("note-light")
	p.keys(kb.ArrowUp)
	p.until("the last line again", `document.activeElement.value === 'inbox'`)
	p.keys(kb.ArrowDown + kb.Escape)
	p.run(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	p.keys("?")
	p.until("the help", `document.querySelector('#help').open`)
	p.shoot("help-light")
	p.keys(kb.Escape)
}

// channels walks through the other channels.
func (p *tab) channels() {
	p.t.Helper()
	p.keys("]")
	p.until("the next channel", `location.pathname === '/c/spikes' && document.querySelector('#stream article > figure img')?.complete`)
	p.shoot("spike-light")
	p.keys("]")
	p.until("the digest", `location.pathname === '/c/leadership' && document.querySelector('#stream article > figure img')?.complete && document.querySelector('#stream article > figure img').naturalWidth > 0`)
	p.shoot("digest-light")
	p.dark(true)
	p.shoot("digest-dark")
	p.dark(false)
	p.keys("]")
	p.until("the empty channel", `getComputedStyle(document.querySelector('.empty')).display !== 'none' && document.querySelector('.empty').textContent.includes('approver')`)
	p.shoot("empty-light")
}

// phone looks at the page on a phone: one pane at a time.
func (p *tab) phone(at string) {
	p.t.Helper()
	p.run(p.size(390, 844, true), chromedp.Navigate(at+"/c/triage"), p.ready())
	p.until("no sideways scrolling", `document.documentElement.scrollWidth <= 390 && getComputedStyle(document.querySelector('#side')).display === 'none'`)
	p.shoot("phone-card")
	p.button(1042, "reply")
	p.until("the form", `document.querySelector('#dialog').open`)
	p.shoot("phone-form")
	p.click("#dialog [data-close]")
	p.click(`#stream [data-item="3"] .replies`)
	p.until("the thread alone", `getComputedStyle(document.querySelector('main')).display === 'none' && document.querySelector('#thread .log')`)
	p.shoot("phone-thread")
	p.click("#thread .back")
	p.click("#main .back")
	p.until("the channels alone", `getComputedStyle(document.querySelector('#view')).display === 'none'`)
	p.shoot("phone-channels")
}
