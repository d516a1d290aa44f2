package zendesk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// The ways of a desk.
const (
	wayReply  = "reply"
	wayNote   = "note"
	wayTicket = "ticket"
)

// clocks is how far the desk's clock may be behind ours.
const clocks = 5 * time.Minute

// Ways implements bot.Answerer.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	id, ok := standsIn(m.ExternalID)
	if !ok || m.Deleted {
		return nil
	}
	place := "ticket " + strconv.FormatInt(id, 10)
	return []bot.Way{
		{Name: wayReply, Label: "Public reply in " + place, Limit: commentLimit, Place: "Zendesk"},
		{Name: wayNote, Label: "Internal note in " + place, Limit: commentLimit, Place: "Zendesk", Internal: true},
	}
}

// TicketWay implements bot.Ticketer.
func (s *Source) TicketWay() (bot.Way, bool) {
	way := bot.Way{Name: wayTicket + ":" + s.name, Label: "Open a ticket in Zendesk", Limit: commentLimit, Place: "Zendesk", Internal: true, Source: s.name}
	return way, s.set.Tickets == nil || *s.set.Tickets
}

// Answer implements bot.Answerer: it writes into the mention's ticket, or opens
// one. The reply's key stands in the comment's metadata, or is the ticket's
// external id, so that it can be found again.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if strings.HasPrefix(r.Way.Name, wayTicket) {
		return s.open(ctx, m, r)
	}
	id, ok := standsIn(m.ExternalID)
	if !ok {
		return bot.Placed{}, bot.Errorf(bot.ErrGone, "Which ticket it stands in is not known.")
	}
	body := map[string]any{"ticket": map[string]any{
		"comment":  map[string]any{"body": r.Text, "public": r.Way.Name == wayReply},
		"metadata": map[string]any{"custom": map[string]any{"earshot": r.Key()}},
	}}
	var got struct {
		Audit struct {
			Events []struct {
				ID   int64  `json:"id"`
				Type string `json:"type"`
			} `json:"events"`
		} `json:"audit"`
	}
	if err := s.send(ctx, http.MethodPut, "api/v2/tickets/"+strconv.FormatInt(id, 10)+".json", body, &got); err != nil {
		return bot.Placed{}, err
	}
	for _, e := range got.Audit.Events {
		if e.Type == "Comment" && e.ID > 0 {
			return s.placed(id, e.ID), nil
		}
	}
	return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "Zendesk took the answer and does not say where it stands.")
}

func (s *Source) placed(ticket, comment int64) bot.Placed {
	at := bot.Placed{ExternalID: strconv.FormatInt(ticket, 10), URL: s.page(ticket)}
	if comment > 0 {
		at.ExternalID = external(ticket, strconv.FormatInt(comment, 10))
	}
	return at
}

// open opens a ticket about a mention of another source. Nobody is mailed: its
// first comment is an internal note.
func (s *Source) open(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	t := map[string]any{
		"subject": "Case " + strconv.FormatInt(r.CaseID, 10) + ": " + text.CutWords(text.OneLine(m.Said()), 100),
		"comment": map[string]any{"body": r.Text, "public": false}, "external_id": r.Key(), "tags": s.set.Tags,
	}
	if m.Author.Email != "" {
		t["requester"] = map[string]any{"email": m.Author.Email, "name": m.Author.Label()}
	}
	var got struct {
		Ticket ticket `json:"ticket"`
	}
	if err := s.send(ctx, http.MethodPost, "api/v2/tickets.json", map[string]any{"ticket": t}, &got); err != nil {
		return bot.Placed{}, err
	}
	if got.Ticket.ID <= 0 {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "Zendesk took the ticket and does not say its number.")
	}
	return s.placed(got.Ticket.ID, 0), nil
}

// send changes something at the desk. Whatever does not certainly mean that
// nothing happened is ErrUncertain. A new ticket carries its key twice: Zendesk
// gives the first answer again for the same Idempotency-Key within two hours
// (…/ticketing/tickets/tickets, "Idempotency").
func (s *Source) send(ctx context.Context, method, path string, body map[string]any, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write a request to Zendesk: %w", err)
	}
	req, err := s.request(ctx, method, path, nil)
	if err != nil {
		return err
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	req.Header.Set("Content-Type", "application/json")
	if t, ok := body["ticket"].(map[string]any); ok && method == http.MethodPost {
		req.Header.Set("Idempotency-Key", fmt.Sprint(t["external_id"]))
	}
	resp, err := httpx.Do(s.http, req)
	if err == nil {
		err = s.decode(resp, into)
	}
	if bot.KindOf(err) == bot.ErrUnavailable {
		return &bot.Error{Kind: bot.ErrUncertain, Msg: "Whether Zendesk took it is not known.", Err: err}
	}
	return err
}

// FindAnswer implements bot.Answerer: a ticket is found by its external id, a
// comment by its metadata, or by its words where the desk shows no metadata.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	c := &call{s: s}
	if strings.HasPrefix(r.Way.Name, wayTicket) {
		var got struct {
			Tickets []ticket `json:"tickets"`
		}
		if err := c.get(ctx, "api/v2/tickets.json", url.Values{"external_id": {r.Key()}}, &got); err != nil {
			return bot.Placed{}, false, err
		}
		for _, t := range got.Tickets {
			if t.External == r.Key() {
				return s.placed(t.ID, 0), true, nil
			}
		}
		return bot.Placed{}, false, nil
	}
	id, ok := standsIn(m.ExternalID)
	if !ok {
		return bot.Placed{}, false, nil
	}
	said, err := c.comments(ctx, id)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Placed{}, false, nil
	}
	if err != nil {
		return bot.Placed{}, false, err
	}
	for _, one := range said {
		at, _ := when(one.Created)
		alike := one.Metadata.Custom.Earshot == "" && one.author.Role != "end-user" && !at.Before(r.CreatedAt.Add(-clocks)) &&
			one.Public == (r.Way.Name == wayReply) && strings.TrimSpace(one.Body) == strings.TrimSpace(r.Text)
		if one.Metadata.Custom.Earshot == r.Key() || alike {
			return s.placed(id, one.ID), true, nil
		}
	}
	return bot.Placed{}, false, nil
}

// Follow implements bot.Follower: how the ticket stands, how the customer rated
// it, and how many have written since.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	id, ok := standsIn(at.ExternalID)
	if !ok {
		return bot.Aftermath{}, bot.Errorf(bot.ErrGone, "Which ticket it stands in is not known.")
	}
	c := &call{s: s}
	known, err := c.known(ctx, []int64{id})
	if err != nil {
		return bot.Aftermath{}, err
	}
	t, there := known[id]
	if !there || t.Status == "deleted" {
		return bot.Aftermath{Gone: true}, nil
	}
	a := bot.Aftermath{State: line(t.Status, 40)}
	if score := t.Satisfaction.Score; score == "good" || score == "bad" {
		a.State += ", rated " + score
	}
	number, isComment := commentOf(at.ExternalID)
	if !isComment { // a ticket that we opened
		return a, nil
	}
	said, err := c.comments(ctx, id)
	for _, one := range said {
		if one.ID > number && one.Public && one.author.Role == "end-user" {
			a.Answers++
		}
	}
	return a, err
}

// commentOf gives the comment that an external id names; false for a ticket.
func commentOf(externalID string) (int64, bool) {
	_, comment, _ := strings.Cut(externalID, "/")
	id, err := strconv.ParseInt(comment, 10, 64)
	return id, err == nil
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	f := bot.Finding{What: "Zendesk: can read " + s.base.Hostname()}
	var me struct {
		User user `json:"user"`
	}
	err := (&call{s: s}).get(ctx, "api/v2/users/me.json", nil, &me)
	switch {
	case err != nil:
		f.Mend = bot.Told(err)
	case me.User.ID == 0: // Zendesk calls a stranger the anonymous user, with status 200
		f.Mend = bot.Told(s.told(bot.Errorf(bot.ErrUnauthorized, "It does not know us.")))
	case me.User.Role != "admin":
		f.Mend = "The token belongs to " + line(me.User.Name, 100) + ", who is " + line(me.User.Role, 40) + ". Zendesk gives the incremental export to administrators alone: use an administrator's."
	default:
		f.OK = true
		f.What += " as " + line(me.User.Name, 100)
	}
	return []bot.Finding{f}
}
