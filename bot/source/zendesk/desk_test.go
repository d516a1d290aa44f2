package zendesk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

const token = "token-" + sourcetest.Canary

// desk is a Zendesk desk as its documentation describes it.
type desk struct {
	*sourcetest.Server

	tickets []*held
	changed []int64 // tickets in the order of the export
	people  []map[string]any
	left    int    // what X-Rate-Limit-Remaining says
	role    string // of whom the token belongs to
	lose    bool   // do what is asked, and cut the connection before the answer
	blind   bool   // show no metadata with comments
	perPage int    // of the export
	next    int64
}

// held is one ticket with its comments.
type held struct {
	ticket   map[string]any
	comments []map[string]any
}

func (h *held) id() int64 { return h.ticket["id"].(int64) }

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Server: sourcetest.NewServer(t), left: 700, role: "admin", perPage: 100, next: 1000}
	d.people = append(d.people, map[string]any{"id": int64(1), "name": "Lea", "email": "lea@larkspur.example", "role": "admin"})
	d.Handle("GET /api/v2/incremental/tickets/cursor.json", d.known(d.export, "start_time", "cursor", "per_page"))
	d.Handle("GET /api/v2/tickets/show_many.json", d.known(d.many, "ids"))
	d.Handle("GET /api/v2/tickets/{id}/comments.json", d.known(d.comments, "include", "page[size]", "page[after]"))
	d.Handle("GET /api/v2/tickets.json", d.known(d.find, "external_id"))
	d.Handle("POST /api/v2/tickets.json", d.known(d.open))
	d.Handle("PUT /api/v2/tickets/{id}", d.known(d.update))
	d.Handle("GET /api/v2/users/me.json", d.known(func(w http.ResponseWriter, _ *http.Request) {
		d.write(w, map[string]any{"user": map[string]any{"id": 1, "name": "Lea", "role": d.role}})
	}))
	return d
}

func (d *desk) known(h http.HandlerFunc, names ...string) http.HandlerFunc {
	checked := sourcetest.Known(h, append(names, "x")...)
	return func(w http.ResponseWriter, r *http.Request) {
		user, given, _ := r.BasicAuth()
		if user != "lea@larkspur.example/token" || given != token {
			sourcetest.WriteJSON(w, http.StatusUnauthorized, map[string]any{"error": "Couldn't authenticate you"})
			return
		}
		checked(w, r)
	}
}

func (d *desk) write(w http.ResponseWriter, v any) {
	w.Header().Set("X-Rate-Limit", "700")
	w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(d.left))
	sourcetest.WriteJSON(w, http.StatusOK, v)
}

// export gives the changed tickets from a place in their order.
func (d *desk) export(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	at := 0
	if start, err := strconv.ParseInt(q.Get("start_time"), 10, 64); q.Get("cursor") == "" && (err != nil || start > now().Add(-time.Minute).Unix()) {
		sourcetest.WriteJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": "StartTimeTooRecent"})
		return
	}
	if c := q.Get("cursor"); c != "" {
		at, _ = strconv.Atoi(strings.TrimPrefix(c, "place-"))
	}
	end := min(at+d.perPage, len(d.changed))
	some := []map[string]any{}
	for _, id := range d.changed[at:end] {
		if h := d.at(id); h != nil {
			some = append(some, h.ticket)
		}
	}
	d.write(w, map[string]any{"tickets": some, "after_cursor": "place-" + strconv.Itoa(end), "end_of_stream": end == len(d.changed)})
}

func (d *desk) at(id int64) *held {
	for _, h := range d.tickets {
		if h.id() == id {
			return h
		}
	}
	return nil
}

func (d *desk) many(w http.ResponseWriter, r *http.Request) {
	some := []map[string]any{}
	for word := range strings.SplitSeq(r.URL.Query().Get("ids"), ",") {
		id, _ := strconv.ParseInt(word, 10, 64)
		if h := d.at(id); h != nil && h.ticket["status"] != "deleted" {
			some = append(some, h.ticket)
		}
	}
	d.write(w, map[string]any{"tickets": some, "count": len(some)})
}

func (d *desk) comments(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	h := d.at(id)
	if h == nil || h.ticket["status"] == "deleted" {
		sourcetest.WriteJSON(w, http.StatusNotFound, map[string]any{"error": "RecordNotFound"})
		return
	}
	all := []map[string]any{}
	for _, c := range h.comments {
		if d.blind {
			c = map[string]any{"id": c["id"], "author_id": c["author_id"], "body": c["body"], "public": c["public"], "created_at": c["created_at"]}
		}
		all = append(all, c)
	}
	d.write(w, map[string]any{"comments": all, "users": d.people, "meta": map[string]any{"has_more": false}})
}

func (d *desk) find(w http.ResponseWriter, r *http.Request) {
	some := []map[string]any{}
	for _, h := range d.tickets {
		if h.ticket["external_id"] == r.URL.Query().Get("external_id") {
			some = append(some, h.ticket)
		}
	}
	d.write(w, map[string]any{"tickets": some})
}

// asked is what opens or changes a ticket.
type asked struct {
	Ticket struct {
		Subject  string         `json:"subject"`
		External string         `json:"external_id"`
		Tags     []string       `json:"tags"`
		Person   map[string]any `json:"requester"`
		Comment  struct {
			Body   string `json:"body"`
			Public *bool  `json:"public"`
		} `json:"comment"`
		Metadata map[string]any `json:"metadata"`
	} `json:"ticket"`
}

func (d *desk) read(w http.ResponseWriter, r *http.Request) (asked, bool) {
	var in asked
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil || in.Ticket.Comment.Body == "" || in.Ticket.Comment.Public == nil || r.Header.Get("Content-Type") != "application/json" {
		sourcetest.WriteJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": "RecordInvalid"})
		return in, false
	}
	return in, true
}

func (d *desk) open(w http.ResponseWriter, r *http.Request) {
	in, ok := d.read(w, r)
	if !ok {
		return
	}
	if r.Header.Get("Idempotency-Key") == "" || in.Ticket.Subject == "" || *in.Ticket.Comment.Public {
		sourcetest.WriteJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": "RecordInvalid"})
		return
	}
	h := d.say(0, in.Ticket.Comment.Body, "Lea", now())
	h.ticket["subject"], h.ticket["external_id"], h.ticket["tags"] = in.Ticket.Subject, in.Ticket.External, in.Ticket.Tags
	h.ticket["requester"] = in.Ticket.Person
	if d.lose {
		sourcetest.Lost()
	}
	d.write(w, map[string]any{"ticket": h.ticket})
}

func (d *desk) update(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(strings.TrimSuffix(r.PathValue("id"), ".json"), 10, 64)
	h := d.at(id)
	if h == nil {
		sourcetest.WriteJSON(w, http.StatusNotFound, map[string]any{"error": "RecordNotFound"})
		return
	}
	in, ok := d.read(w, r)
	if !ok {
		return
	}
	d.say(id, in.Ticket.Comment.Body, "Lea", now())
	c := h.comments[len(h.comments)-1]
	c["public"], c["metadata"] = *in.Ticket.Comment.Public, in.Ticket.Metadata
	if d.lose {
		sourcetest.Lost()
	}
	d.write(w, map[string]any{"ticket": h.ticket, "audit": map[string]any{"events": []any{map[string]any{"id": 7, "type": "Change"}, map[string]any{"id": c["id"], "type": "Comment"}}}})
}

// say adds a comment to a ticket; a new ticket for id 0.
func (d *desk) say(id int64, body, who string, at time.Time) *held {
	h := d.at(id)
	if h == nil {
		d.next++
		h = &held{ticket: map[string]any{"id": d.next, "subject": "Kettle", "status": "open", "priority": "high", "tags": []string{"vip"},
			"via": map[string]any{"channel": "email"}, "satisfaction_rating": nil, "external_id": nil}}
		d.tickets = append(d.tickets, h)
	}
	d.next++
	h.ticket["updated_at"] = at.Format(time.RFC3339)
	h.comments = append(h.comments, map[string]any{"id": d.next, "type": "Comment", "author_id": d.person(who), "body": body, "plain_body": body, "html_body": "<p>x</p>",
		"public": true, "created_at": at.Format(time.RFC3339), "attachments": []any{}, "metadata": map[string]any{"custom": map[string]any{}}})
	d.changed = append(d.changed, h.id())
	return h
}

func (d *desk) person(name string) int64 {
	i := slices.IndexFunc(d.people, func(p map[string]any) bool { return p["name"] == name })
	if i < 0 {
		i = len(d.people)
		d.people = append(d.people, map[string]any{"id": int64(100 + i), "name": name, "email": fmt.Sprintf("Person%d@Example.com", i), "role": "end-user"})
	}
	return d.people[i]["id"].(int64)
}

func settings(d *desk) Settings {
	return Settings{Server: d.URL + "?x=" + sourcetest.Canary, User: "lea@larkspur.example", Token: token}
}

func open(t *testing.T, set Settings) bot.Source {
	t.Helper()
	src, err := sourcetest.Open(t, Driver(), set, bot.SourceEnv{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func must(t *testing.T, d *desk) *Source {
	t.Helper()
	return open(t, settings(d)).(*Source)
}

type rig struct{ *desk }

func (r *rig) Source(t *testing.T) bot.Source { return must(t, r.desk) }

func (r *rig) Say(_ *testing.T, items ...sourcetest.Item) error {
	r.Set(func() {
		for _, it := range items {
			r.say(0, it.Text, it.Author, it.At)
		}
	})
	return nil
}

func (r *rig) Break(*testing.T) error {
	r.Set(func() {
		h := r.say(0, "no date", "Ann", now())
		delete(h.comments[0], "created_at")
	})
	return nil
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Rig {
		d := newDesk(t)
		d.perPage = 7
		return &rig{d}
	})
}
