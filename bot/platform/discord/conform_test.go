package discord

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"earshot/bot"
	"earshot/bot/platform/discord/discordtest"
	"earshot/bot/platform/platformtest"
)

func TestConformance(t *testing.T) { platformtest.Run(t, harness) }

func TestConformanceHTTP(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) *platformtest.Harness { return newHands(t, ModeHTTP).harness() })
}

func harness(t *testing.T) *platformtest.Harness { return newHands(t, ModeGateway).harness() }

// newPlatform makes a platform before a fake, without the rate of new messages
// that the fake does not ask for.
func newPlatform(t *testing.T, s *discordtest.Server, change func(*Config)) *Platform {
	t.Helper()
	cfg := Config{Token: discordtest.Token, AppID: discordtest.AppID, GuildID: discordtest.GuildID, APIURL: s.URL(),
		Channels: []string{"#support"}, Community: []string{"#community"}}
	if change != nil {
		change(&cfg)
	}
	p, err := New(cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), s.Client, time.Now)
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	p.firstWithin *= platformtest.Slower
	p.limits.channel, p.limits.global = bot.Pace{}, rate.NewLimiter(rate.Inf, 1)
	return p
}

// hands work the fake for the suite.
type hands struct {
	t      *testing.T
	s      *discordtest.Server
	p      *Platform
	mode   string
	end    *discordtest.Endpoint
	refuse *refuser
	mu     sync.Mutex
	last   map[string]any
	tried  map[string]bool // messages whose "open again" was pressed
}

// refuser refuses connections when told to.
type refuser struct {
	mu   sync.Mutex
	on   bool
	base http.RoundTripper
}

func (r *refuser) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	on := r.on
	r.on = false
	r.mu.Unlock()
	if on {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	return r.base.RoundTrip(req)
}

func newHands(t *testing.T, mode string) *hands {
	h := &hands{t: t, s: discordtest.New(t), mode: mode, tried: map[string]bool{}}
	h.refuse = &refuser{base: h.s.Client.Transport}
	h.s.Client.Transport = h.refuse
	h.fresh()
	return h
}

func (h *hands) fresh() {
	pub, key := keys(h.t)
	h.p = newPlatform(h.t, h.s, func(c *Config) {
		c.Mode = h.mode
		if h.mode == ModeHTTP {
			c.PublicKey, c.Community = pub, nil
		}
	})
	if h.mode == ModeHTTP {
		h.end = &discordtest.Endpoint{Handler: h.p.Handler(), Key: key}
	}
}

func (h *hands) harness() *platformtest.Harness {
	out := &platformtest.Harness{
		Platform: h.p, Channel: "#support",
		People: []bot.Person{{Platform: "discord", ID: discordtest.AnnID, Name: "Ann"}, {Platform: "discord", ID: discordtest.BobID, Name: "Bob"}},
		Ready:  h.ready, Seen: h.seen, Private: h.private, Form: h.form,
		Press: h.press, Choose: h.choose, Submit: h.submit, Back: h.back, Command: h.command, Share: h.share,
		Complete: func(by bot.Person, line string) []string {
			return h.s.Choices(by.ID, discordtest.SupportID, line, h.end)
		},
		Redeliver:  func() platformtest.Ack { return ackOf(h.s.Again(h.last, h.end)) },
		FailNext:   h.fail,
		QuietPhone: true,
		Faults:     []platformtest.Fault{platformtest.RateLimited, platformtest.Broken, platformtest.Refused, platformtest.Lost, platformtest.Revoked, platformtest.Archived, platformtest.Deleted},
		Revoke:     func() { h.s.Revoke() },
	}
	out.Restart = func() { h.fresh(); out.Platform = h.p }
	if h.mode == ModeGateway {
		out.Mention = h.mention
		out.Say = func(author, text string) string {
			id := "7000000000000003" + fmt.Sprintf("%02d", len(author))
			return h.s.Say(id, discordtest.CommunityID, text, false)
		}
		out.Rewrite = func(id, text string) { h.s.Rewrite(discordtest.CommunityID, id, text) }
		out.Remove = func(id string) { h.s.Remove(discordtest.CommunityID, id) }
	}
	return out
}

func (h *hands) ready(ctx context.Context) error {
	for !h.p.Health().Connected {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		pause(ctx, 5*time.Millisecond)
	}
	return nil
}

func ackOf(a discordtest.Ack) platformtest.Ack { return platformtest.Ack{OK: a.OK, At: a.At} }

func (h *hands) did(a discordtest.Ack, payload map[string]any) platformtest.Ack {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = payload
	return ackOf(a)
}

// seenOf is a message as the suite reads it; stray markup fails the test.
func (h *hands) seenOf(m discordtest.Message, private bool) platformtest.Seen {
	w := m.Seen()
	for _, s := range w.Stray {
		h.t.Errorf("markup came of text: %q", s)
	}
	text := strings.NewReplacer("@"+discordtest.AnnID, "Ann", "@"+discordtest.BobID, "Bob").Replace(w.Text())
	out := platformtest.Seen{Ref: bot.MessageRef{Channel: m.Channel, ID: m.ID}, Text: text, Notice: text, Buttons: w.Buttons, Menus: w.Menus,
		Pings: m.Pings, Loud: m.Flags&flagSilent == 0, Images: w.Images, Links: w.Links, Private: private, Handle: m.ID}
	return out
}

func (h *hands) seen(at bot.MessageRef) []platformtest.Seen {
	channel := at.Channel
	if at.ID != "" {
		channel = at.ID
	}
	if channel == "#support" {
		channel = discordtest.SupportID
	}
	var out []platformtest.Seen
	for _, m := range h.s.Messages(channel) {
		out = append(out, h.seenOf(m, false))
	}
	return out
}

func (h *hands) private(by bot.Person) []platformtest.Seen {
	var out []platformtest.Seen
	for _, m := range h.s.Private(by.ID) {
		if _, ok := isForm(m); !ok {
			out = append(out, h.seenOf(m, true))
		}
	}
	return out
}

// isForm gives the custom_id of the button that submits or opens a form.
func isForm(m discordtest.Message) (string, bool) {
	for _, id := range m.CustomIDs() {
		if what, err := parsePress(id); err == nil && (what.Kind == pressSubmit || what.Kind == pressOpen) {
			return id, true
		}
	}
	return "", false
}

func (h *hands) form(by bot.Person) (platformtest.Shown, bool) {
	if o, ok := h.s.Modal(by.ID); ok {
		return shownModal(o.Data), true
	}
	all := h.s.Private(by.ID)
	for i := len(all) - 1; i >= 0; i-- {
		id, ok := isForm(all[i])
		if !ok {
			continue
		}
		if what, _ := parsePress(id); what.Kind == pressSubmit {
			return shownPreview(all[i]), true
		}
		if !h.tried[id] { // press "Open the form", as people do
			h.tried[id] = true
			h.s.Interact(by.ID, didComponent, discordtest.SupportID, map[string]any{"custom_id": id, "component_type": 2}, h.s.Find(all[i].ID), h.end)
			return h.form(by)
		}
	}
	return platformtest.Shown{}, false
}

func shownPreview(m discordtest.Message) platformtest.Shown {
	w := m.Seen()
	out := platformtest.Shown{Title: w.Lines[0], Intro: strings.Join(w.Lines[1:], "\n"), Submit: w.Buttons[0]}
	if len(w.Buttons) > 1 {
		out.Back = w.Buttons[1]
	}
	return out
}

func shownModal(data map[string]any) platformtest.Shown {
	out := platformtest.Shown{Title: data["title"].(string), Submit: "Submit", Errors: map[string]string{}}
	for _, p := range data["components"].([]any) {
		c := p.(map[string]any)
		if c["type"] == float64(typeText) {
			w := discordtest.Words{}
			out.Intro = w.Markdown(c["content"].(string))
			continue
		}
		in := c["component"].(map[string]any)
		f := platformtest.ShownField{Name: in["custom_id"].(string), Label: c["label"].(string), Optional: in["required"] != true}
		f.Value, _ = in["value"].(string)
		most, _ := in["max_length"].(float64)
		f.Max = int(most)
		if options, ok := in["options"].([]any); ok {
			for _, o := range options {
				f.Options = append(f.Options, o.(map[string]any)["label"].(string))
			}
		}
		out.Fields = append(out.Fields, f)
		for _, l := range strings.Split(out.Intro, "\n") {
			if msg, ok := strings.CutPrefix(l, f.Label+": "); ok {
				out.Errors[f.Name] = msg
			}
		}
	}
	lines := strings.Split(out.Intro, "\n")
	if to, ok := strings.CutPrefix(lines[len(lines)-1], "Submit leads to: "); ok {
		out.Submit = to
	}
	return out
}

// on gives the message behind what was seen, and the channel it stands in.
func (h *hands) on(seen platformtest.Seen) *discordtest.Message {
	return h.s.Find(seen.Handle.(string))
}

func (h *hands) press(by bot.Person, on platformtest.Seen, label string) platformtest.Ack {
	m := h.on(on)
	return h.did(h.s.Interact(by.ID, didComponent, channelOf(m), map[string]any{"custom_id": m.Button(label), "component_type": 2}, m, h.end))
}

func channelOf(m *discordtest.Message) string {
	if m.Channel == "" {
		return discordtest.SupportID
	}
	return m.Channel
}

func (h *hands) choose(by bot.Person, on platformtest.Seen, menu, option string) platformtest.Ack {
	m := h.on(on)
	id, value := m.Option(menu, option)
	return h.did(h.s.Interact(by.ID, didComponent, channelOf(m), map[string]any{"custom_id": id, "component_type": 3, "values": []string{value}}, m, h.end))
}

func (h *hands) submit(by bot.Person, values map[string]string) platformtest.Ack {
	h.form(by) // opens one that waits behind a button
	if _, ok := h.s.Modal(by.ID); ok {
		return h.did(h.s.SubmitModal(by.ID, discordtest.SupportID, values, h.end))
	}
	return h.pressForm(by, 0)
}

func (h *hands) back(by bot.Person) platformtest.Ack { return h.pressForm(by, 1) }

// pressForm presses the nth button of the preview that lies before a person.
func (h *hands) pressForm(by bot.Person, n int) platformtest.Ack {
	all := h.s.Private(by.ID)
	for i := len(all) - 1; i >= 0; i-- {
		if _, ok := isForm(all[i]); ok {
			data := map[string]any{"custom_id": all[i].CustomIDs()[n], "component_type": 2}
			return h.did(h.s.Interact(by.ID, didComponent, discordtest.SupportID, data, h.s.Find(all[i].ID), h.end))
		}
	}
	return platformtest.Ack{}
}

func (h *hands) command(by bot.Person, text string) platformtest.Ack {
	return h.did(h.s.Command(by.ID, discordtest.SupportID, text, h.end))
}

func (h *hands) share(by bot.Person, text string) platformtest.Ack {
	id := h.s.Say("700000000000000399", discordtest.CommunityID, text, false)
	data := map[string]any{"id": "2", "name": shortcutName, "type": 3, "target_id": id, "resolved": map[string]any{"messages": map[string]any{id: h.s.JSON(id)}}}
	return h.did(h.s.Interact(by.ID, didCommand, discordtest.CommunityID, data, nil, h.end))
}

func (h *hands) mention(by bot.Person, below bot.MessageRef, text string) platformtest.Ack {
	if _, err := h.p.Post(h.t.Context(), bot.Outgoing{Key: "earshot-900", Channel: "#support", Thread: below, View: bot.Say("Ann looks")}); err != nil {
		h.t.Fatalf("begin the thread: %v", err)
	}
	h.s.Say(by.ID, below.ID, text, true)
	return platformtest.Ack{OK: true, At: time.Now()} // Discord asks for none
}

func (h *hands) fail(f platformtest.Fault) {
	fault := discordtest.Fault{Status: map[platformtest.Fault]int{platformtest.RateLimited: 429, platformtest.Broken: 500, platformtest.Revoked: 401, platformtest.Archived: 404, platformtest.Deleted: 404}[f]}
	switch f {
	case platformtest.RateLimited:
		fault.Body, fault.Header = `{"message":"You are being rate limited.","retry_after":2.0,"global":false}`, map[string]string{"Retry-After": "2"}
	case platformtest.Broken:
		fault.Body = `{"message":"500: Internal Server Error","code":0}`
	case platformtest.Refused:
		h.refuse.mu.Lock()
		h.refuse.on = true
		h.refuse.mu.Unlock()
		return
	case platformtest.Lost:
		fault.Lost = true
		fault.Match = func(method, path string) bool {
			return method == http.MethodPost && strings.HasSuffix(path, "/messages")
		}
	case platformtest.Revoked:
		fault.Body = `{"message":"401: Unauthorized","code":0}`
	case platformtest.Archived:
		fault.Body = `{"message":"Unknown Channel","code":10003}`
	case platformtest.Deleted:
		fault.Body = `{"message":"Unknown Message","code":10008}`
	}
	h.s.Fail(fault)
}
