package reddit

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
)

// clocks is how far Reddit's clock may be behind ours.
const clocks = 5 * time.Minute

// FindAnswer implements bot.Answerer: it looks for a comment of ours with the
// same words below the customer's, among our newest comments and in the thread.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	if s.tokens == nil || !named(m.ExternalID) {
		return bot.Placed{}, false, nil
	}
	if err := s.known(ctx); err != nil {
		return bot.Placed{}, false, err
	}
	since, after := r.CreatedAt.Add(-clocks), ""
	ours := listing{path: "user/" + url.PathEscape(s.name()) + "/comments", query: url.Values{"sort": {"new"}}}
	for range maxPages {
		p, err := s.page(ctx, ours, after, pageSize)
		if err != nil {
			return bot.Placed{}, false, err
		}
		older := false
		for _, it := range p.items {
			if s.ours(it, m, r) {
				return s.placed(it.thing), true, nil
			}
			at, dated := seconds(it.thing.Created)
			older = dated && at.Before(since)
		}
		if older || p.after == "" {
			break
		}
		after = p.after
	}
	below, err := s.below(ctx, m.ExternalID)
	if err != nil {
		return bot.Placed{}, false, err
	}
	if i := slices.IndexFunc(below, func(it item) bool { return s.ours(it, m, r) }); i >= 0 {
		return s.placed(below[i].thing), true, nil
	}
	return bot.Placed{}, false, nil
}

// ours tells whether a comment is the answer r to m.
func (s *Source) ours(it item, m bot.Mention, r bot.Reply) bool {
	at, _ := seconds(it.thing.Created)
	return it.err == nil && !it.other && strings.EqualFold(it.thing.Author, s.name()) && it.thing.Parent == m.ExternalID &&
		!at.Before(r.CreatedAt.Add(-clocks)) && slices.Equal(strings.Fields(it.thing.Body), strings.Fields(r.Text))
}

// below gives the comments right below a post or a comment; none when it is
// gone.
func (s *Source) below(ctx context.Context, name string) ([]item, error) {
	post, comment := strings.CutPrefix(name, "t3_")
	q := url.Values{"depth": {"1"}, "limit": {"500"}, "sort": {"new"}}
	if !comment {
		here, err := s.info(ctx, []string{name})
		if err != nil {
			return nil, err
		}
		if post = strings.TrimPrefix(here[name].Link, "t3_"); !named("t3_" + post) {
			return nil, nil
		}
		q.Set("comment", strings.TrimPrefix(name, "t1_"))
		q.Set("depth", "2")
	}
	var got []children
	err := s.get(ctx, "comments/"+post, q, &got)
	if bot.KindOf(err) == bot.ErrGone {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(got) != 2 {
		return nil, bot.Errorf(bot.ErrUnavailable, "Reddit answers in another form than its interface promises.")
	}
	list := got[1]
	if comment {
		p, err := list.read()
		return p.items, err
	}
	if list = within(list, name); list.Data.Children == nil {
		return nil, nil // nobody has answered
	}
	p, err := list.read()
	return p.items, err
}

// within gives the listing of the answers to one comment of a listing; an empty
// one where there are none.
func within(list children, name string) (inner children) {
	for _, raw := range list.Data.Children {
		var c struct {
			Data struct {
				Name    string          `json:"name"`
				Replies json.RawMessage `json:"replies"` // "", or a listing
			} `json:"data"`
		}
		if json.Unmarshal(raw, &c) == nil && c.Data.Name == name {
			_ = json.Unmarshal(c.Data.Replies, &inner) // "" is none
			return inner
		}
	}
	return inner
}

// Follow implements bot.Follower. Reddit counts our own vote for what we say:
// it is no like.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	if s.tokens == nil || !named(at.ExternalID) {
		return bot.Aftermath{}, bot.Errorf(bot.ErrUnsupported, "Where the comment stands is not known.")
	}
	here, err := s.info(ctx, []string{at.ExternalID})
	if err != nil {
		return bot.Aftermath{}, err
	}
	t, stands := here[at.ExternalID]
	if !stands || t.gone() {
		return bot.Aftermath{Gone: true}, nil
	}
	below, err := s.below(ctx, at.ExternalID)
	if err != nil {
		return bot.Aftermath{}, err
	}
	out := bot.Aftermath{Likes: max(t.Score-1, 0)}
	for _, it := range below {
		if !it.other && it.err == nil {
			out.Answers++
		}
	}
	return out, nil
}

// Check implements bot.Checker.
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
	if s.tokens != nil {
		scopes, err := s.tokens.Scopes(ctx)
		if !say("Reddit: takes our credentials", err) {
			return all
		}
		if s.account() {
			say("Reddit: the account may do what it is here for", s.missing(scopes))
			say("Reddit: knows us as u/"+s.set.User, s.known(ctx))
		}
		for _, sub := range s.set.Subreddits {
			var about struct{}
			say("Reddit: can read r/"+subreddit(sub), s.get(ctx, "r/"+subreddit(sub)+"/about", nil, &about))
		}
	}
	for i, l := range s.lines {
		if strings.HasPrefix(l.key, "r/") && s.tokens != nil {
			continue // tried above, each by itself
		}
		if s.tokens == nil && i >= feedsAtOnce {
			break // more would be refused
		}
		what := "Reddit: can read " + l.path
		if q := l.query.Get("q"); q != "" {
			what = "Reddit: can search for " + strconv.Itoa(strings.Count(q, `" OR "`)+1) + " terms"
		}
		_, err := s.page(ctx, l, "", 1)
		say(what, err)
	}
	return all
}

// missing tells which scopes a token lacks; services that tell none are
// believed.
func (s *Source) missing(scopes []string) error {
	if len(scopes) == 0 || slices.Contains(scopes, "*") {
		return nil
	}
	needs := []string{"identity", "read", "submit", "history"}
	if slices.ContainsFunc(s.lines, func(l listing) bool { return l.key == "inbox" }) {
		needs = append(needs, "privatemessages")
	}
	needs = slices.DeleteFunc(needs, func(n string) bool { return slices.Contains(scopes, n) })
	if len(needs) == 0 {
		return nil
	}
	return bot.Errorf(bot.ErrUnauthorized, "The refresh token lacks %s. Make one with the scopes identity, read, submit, history and privatemessages.", strings.Join(needs, ", "))
}
