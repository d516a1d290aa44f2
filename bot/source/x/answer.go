package x

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"earshot/bot"
)

// account is a user (docs.x.com/x-api/users/lookup).
type account struct {
	ID     string `json:"id"`
	Handle string `json:"username"`
}

// known finds out the id of our account, once. before is what the cursor knows.
func (s *Source) known(ctx context.Context, before string) error {
	s.mu.Lock()
	if s.me == "" && number(before) > 0 {
		s.me = before
	}
	done := s.me != "" || s.set.Account == ""
	s.mu.Unlock()
	if done {
		return nil
	}
	a, err := s.whoami(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.me = a.ID
	return nil
}

func (s *Source) id() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.me
}

func (s *Source) whoami(ctx context.Context) (account, error) {
	path := "users/me"
	if !s.user() {
		path = "users/by/username/" + s.set.Account
	}
	got, err := s.get(ctx, path, nil)
	if err != nil {
		return account{}, err
	}
	var a account
	if json.Unmarshal(got.Data, &a) != nil || number(a.ID) == 0 || !handle(a.Handle) {
		return account{}, bot.Errorf(bot.ErrInvalid, "X knows no account @%s. Correct account.", s.set.Account)
	}
	if !strings.EqualFold(a.Handle, s.set.Account) {
		return account{}, bot.Errorf(bot.ErrInvalid, "The access token is of @%s, and account says @%s. Make them one.", a.Handle, s.set.Account)
	}
	return a, nil
}

// Ways implements bot.Answerer. X lets a program answer only who mentions or
// quotes its account, unless its plan says otherwise; so the label warns.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	if !s.user() || m.Deleted || number(m.ExternalID) == 0 {
		return nil
	}
	label := "Public reply on X as @" + s.set.Account
	called := regexp.MustCompile(`(?i)@` + regexp.QuoteMeta(s.set.Account) + `\b`).MatchString(m.Text)
	if !called || m.Attrs["replies"] != "" {
		label += " (X may refuse it: the author did not mention us, or chose who may reply)"
	}
	return []bot.Way{{Name: "reply", Label: label, Public: true, Limit: postLimit, Place: "X"}}
}

// target is the id that a reply names: that of the version which was read.
func target(m bot.Mention) string {
	if v := m.Attrs["version"]; number(v) > 0 {
		return v
	}
	return m.ExternalID
}

// Answer implements bot.Answerer. X knows no key of ours, but takes no post
// twice with the same text in a row; and FindAnswer looks before it is sent
// again.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	if !s.user() || number(m.ExternalID) == 0 {
		return bot.Placed{}, bot.Errorf(bot.ErrUnsupported, "Without an access token of our account nobody can be answered on X.")
	}
	body := map[string]any{"text": r.Text, "reply": map[string]string{"in_reply_to_tweet_id": target(m)}}
	var got found
	if err := s.ask(ctx, http.MethodPost, "tweets", nil, body, true, &got); err != nil {
		return bot.Placed{}, err
	}
	var p post
	if json.Unmarshal(got.Data, &p) != nil || number(p.ID) == 0 {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "X took the reply and does not say where it stands.")
	}
	return s.placed(p.ID), nil
}

func (s *Source) placed(id string) bot.Placed {
	return bot.Placed{ExternalID: id, URL: "https://x.com/" + s.set.Account + "/status/" + id}
}

// clocks is how far X's clock may be behind ours, and findPages how much of our
// own timeline is looked through.
const (
	clocks    = 5 * time.Minute
	findPages = 5
)

// FindAnswer implements bot.Answerer: it looks for a reply of ours to the post
// with the same words in our own timeline.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	if !s.user() || number(m.ExternalID) == 0 {
		return bot.Placed{}, false, nil
	}
	if err := s.known(ctx, ""); err != nil {
		return bot.Placed{}, false, err
	}
	q := url.Values{"max_results": {"100"}, "since_id": {idAt(r.CreatedAt.Add(-clocks))}, "tweet.fields": {"created_at,referenced_tweets,entities,note_tweet"}}
	for range findPages {
		got, err := s.get(ctx, "users/"+s.id()+"/tweets", q)
		if err != nil {
			return bot.Placed{}, false, err
		}
		s.reads.count(len(got.list()), s.now())
		for _, raw := range got.list() {
			it := readPost(raw)
			to := it.post.refers("replied_to")
			if it.err == nil && (to == m.ExternalID || to == target(m)) && same(it.post.words(), r.Text) {
				return s.placed(it.post.ID), true, nil
			}
		}
		if got.Meta.Next == "" {
			return bot.Placed{}, false, nil
		}
		q.Set("pagination_token", got.Meta.Next)
	}
	return bot.Placed{}, false, bot.Errorf(bot.ErrUnsupported, "Our account has posted so much since that X does not show it all. Look there by hand.")
}

// same compares what stands with what was sent: without the names that X puts
// in front of a reply, and without what it changes in addresses.
func same(stands, sent string) bool { return slices.Equal(said(stands), said(sent)) }

func said(t string) []string {
	words := strings.Fields(t)
	for len(words) > 0 && strings.HasPrefix(words[0], "@") {
		words = words[1:]
	}
	for i, w := range words {
		if w = strings.TrimPrefix(strings.TrimPrefix(w, "https://"), "http://"); w != words[i] {
			words[i] = strings.TrimSuffix(w, "/")
		}
	}
	return words
}

// Follow implements bot.Follower. It costs a read.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	if number(at.ExternalID) == 0 {
		return bot.Aftermath{}, bot.Errorf(bot.ErrUnsupported, "Where the reply stands is not known.")
	}
	if s.reads.left(s.now()) < leastPage {
		return bot.Aftermath{}, s.spentUp()
	}
	got, err := s.get(ctx, "tweets", url.Values{"ids": {at.ExternalID}, "tweet.fields": {"created_at,public_metrics"}})
	if err != nil {
		return bot.Aftermath{}, err
	}
	if slices.Contains(got.missing(), at.ExternalID) {
		return bot.Aftermath{Gone: true}, nil
	}
	s.reads.count(len(got.list()), s.now())
	for _, raw := range got.list() {
		if it := readPost(raw); it.err == nil && it.post.ID == at.ExternalID {
			return bot.Aftermath{Likes: max(it.post.Metrics.Likes, 0), Answers: max(it.post.Metrics.Replies, 0)}, nil
		}
	}
	return bot.Aftermath{}, bot.Errorf(bot.ErrUnavailable, "X does not say what became of the reply.")
}

// Check implements bot.Checker. It costs a few reads.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	var all []bot.Finding
	say := func(what string, err error) bool {
		f := bot.Finding{OK: err == nil, What: what}
		if err != nil {
			f.Mend = bot.Told(err)
		}
		all = append(all, f)
		return err == nil
	}
	if s.set.Account != "" && !say("X: knows @"+s.set.Account, s.known(ctx, "")) {
		return all
	}
	for _, l := range s.lines {
		what := "X: can read the mentions of @" + s.set.Account
		if l.query != "" {
			what = "X: can search for " + line1(l.query, 80)
		}
		q := url.Values{"max_results": {"10"}}
		if l.query != "" {
			q.Set("query", l.query)
		}
		q.Set("since_id", idAt(s.now().Add(-time.Minute)))
		got, err := s.page(ctx, l, q)
		s.reads.count(len(got.list()), s.now())
		if !say(what, err) {
			return all // the others would say the same
		}
	}
	return all
}
