package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// answer is what the sender is told.
type answer struct {
	Accepted  int     `json:"accepted"`            // items that are stored
	Duplicate bool    `json:"duplicate,omitempty"` // the request was taken before
	Error     string  `json:"error,omitempty"`
	Rejected  []wrong `json:"rejected,omitempty"`
}

// wrong is one item that was not taken.
type wrong struct {
	Item   int    `json:"item"` // its place in the request, from 0
	Reason string `json:"reason"`
}

// ServeHTTP takes one request. It answers 200 once all is stored, and also for
// a request that was taken before; 400 with a list of what is wrong with which
// items, the others being stored; 401 for a signature or a timestamp that is
// not right; 405, 413; 409 while the same request is under way; and 503 when
// nothing could be stored, so that it should be sent again.
func (s *Source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.kind.greets && (r.Method == http.MethodHead || r.Method == http.MethodGet) {
		w.WriteHeader(http.StatusOK) // SurveyMonkey and Qualtrics look whether somebody is there
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply(w, http.StatusMethodNotAllowed, answer{Error: "Send JSON by POST."})
		return
	}
	leave := s.room.enter(r.Context(), r.ContentLength)
	if leave == nil {
		w.Header().Set("Retry-After", "10")
		reply(w, http.StatusServiceUnavailable, answer{Error: "Too many requests at once. Send it again."})
		return
	}
	defer leave()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.set.MaxBody)))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		reply(w, http.StatusRequestEntityTooLarge, answer{Error: "The request is larger than " + strconv.Itoa(s.set.MaxBody) + " bytes. Send fewer items at once."})
		return
	case err != nil:
		reply(w, http.StatusBadRequest, answer{Error: "The request broke off."})
		return
	}
	if why := s.verify(r.Header, body); why != "" {
		reply(w, http.StatusUnauthorized, answer{Error: why})
		return
	}
	emit := s.enter()
	if emit == nil {
		w.Header().Set("Retry-After", "10")
		reply(w, http.StatusServiceUnavailable, answer{Error: "Not listening at the moment. Send it again."})
		return
	}
	defer s.active.Done()
	s.once(w, r, body, emit)
}

// once takes a request unless it was taken before.
func (s *Source) once(w http.ResponseWriter, r *http.Request, body []byte, emit bot.Emit) {
	key := s.requestKey(r.Header, body)
	switch s.keys.begin(key) {
	case keyDone:
		reply(w, http.StatusOK, answer{Duplicate: true})
		return
	case keyBusy:
		reply(w, http.StatusConflict, answer{Error: "The same request is being worked on."})
		return
	}
	stored := false
	defer func() { s.keys.end(key, stored) }()
	if sig := s.signatureKey(r.Header, body); sig != key { // the idempotency key is not signed: a copy must not come in under another
		if s.keys.begin(sig) != keyNew {
			w.Header().Set("Retry-After", "1")
			reply(w, http.StatusConflict, answer{Error: "This signature came with another key already. Sign the request anew, with the time of now."})
			return
		}
		defer func() { s.keys.end(sig, stored) }()
	}
	b, wrongs, err := s.read(r.Context(), body, r.Header.Get(s.set.KeyHeader))
	if err != nil {
		w.Header().Set("Retry-After", "60")
		reply(w, http.StatusServiceUnavailable, answer{Error: "What was answered cannot be had: " + bot.Told(err)})
		return
	}
	if len(b.Mentions)+len(b.Rejected) > 0 {
		if err := emit(r.Context(), b); err != nil {
			w.Header().Set("Retry-After", "10")
			reply(w, http.StatusServiceUnavailable, answer{Error: "It could not be stored. Send it again."})
			return
		}
	}
	stored = true
	if len(wrongs) > 0 && s.kind.verify == nil { // a service would send it again and again, and then stop for good
		told := "Some of it is wrong; the rest is stored."
		if len(b.Mentions) == 0 {
			told = "None of it can be read."
		}
		reply(w, http.StatusBadRequest, answer{Accepted: len(b.Mentions), Rejected: wrongs, Error: told})
		return
	}
	reply(w, http.StatusOK, answer{Accepted: len(b.Mentions), Rejected: wrongs})
}

// read turns a body into mentions, and says what is wrong with which items. Its
// error is that what was answered cannot be had at the moment.
func (s *Source) read(ctx context.Context, body []byte, key string) (b bot.Batch, wrongs []wrong, err error) {
	reject := func(i int, err error, raw string) {
		wrongs = append(wrongs, wrong{Item: i, Reason: bot.Told(err)})
		b.Rejected = append(b.Rejected, record.Rejected("request, item "+strconv.Itoa(i), err, raw, s.now()))
	}
	items, err := s.unfolded(ctx, body)
	if kind := bot.KindOf(err); err != nil && kind != bot.ErrInvalid && kind != bot.ErrGone {
		return b, nil, err
	}
	if err != nil {
		reject(0, err, string(body[:min(len(body), 2*record.MaxRaw)]))
		return b, wrongs, nil
	}
	for i, it := range items {
		if i == maxItems {
			reject(i, bot.Errorf(bot.ErrInvalid, "There are more than %d items; those from here on were not read.", maxItems), "")
			break
		}
		var m bot.Mention
		reader := s.reader
		if s.kind.unfold != nil && it.Get(string(record.RatingOf)).Exists() {
			reader = s.marks
		}
		if err := s.objects.Mention(&m, reader, it); err != nil {
			reject(i, err, text.CutBytes(it.Raw, 2*record.MaxRaw))
			continue
		}
		if key != "" && s.kind.verify == nil && strings.HasPrefix(m.ExternalID, "content-") { // it has no id of its own
			m.ExternalID = record.ContentID(key, strconv.Itoa(i))
		}
		b.Mentions = append(b.Mentions, m)
	}
	return b, wrongs, nil
}

// unfolded gives the items of a body.
func (s *Source) unfolded(ctx context.Context, body []byte) ([]gjson.Result, error) {
	if s.kind.unfold != nil {
		subs, err := s.kind.unfold(ctx, s, body)
		if err != nil {
			return nil, err
		}
		items := make([]gjson.Result, len(subs))
		for i, sub := range subs {
			if items[i], err = s.item(sub); err != nil {
				return nil, err
			}
		}
		return items, nil
	}
	root, err := record.ParseJSON(string(body))
	if err != nil {
		return nil, err
	}
	items := []gjson.Result{root}
	switch {
	case !s.items.IsZero():
		if items = s.items.Find(root); len(items) == 1 && items[0].IsArray() {
			items = items[0].Array()
		}
	case root.IsArray():
		items = root.Array()
	}
	if len(items) == 0 && !s.items.IsZero() && !root.IsArray() {
		return nil, bot.Errorf(bot.ErrInvalid, "There is nothing at %s.", s.items)
	}
	return items, nil
}

func reply(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // the sender has gone; there is nobody to tell
}
