package github

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/text"
)

// clocks is how far the server's clock may be behind ours.
const clocks = 5 * time.Minute

// known finds out who we are, once. A token that belongs to nobody, as of an
// app, has no name.
func (s *Source) known(ctx context.Context) error {
	s.mu.Lock()
	done := s.me != "" || s.nobody || s.set.Token == ""
	s.mu.Unlock()
	if done {
		return nil
	}
	var me author
	err := s.get(ctx, "user", nil, &me)
	var e *bot.Error
	nobody := errors.As(err, &e) && e.Err != nil && strings.Contains(e.Err.Error(), "by integration")
	if err != nil && !nobody {
		return err
	}
	if me.Login == "" && !nobody {
		return bot.Errorf(bot.ErrUnavailable, "%s answers in another form than its interface promises.", s.base.Hostname())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.me, s.nobody = me.Login, nobody
	return nil
}

// spot is where a mention stands.
type spot struct {
	repo   string
	number int64
	talk   bool   // a discussion
	node   string // of the comment in it
}

// spotOf reads an external id.
func spotOf(external string) (spot, bool) {
	repo, rest, ok := strings.Cut(external, "#")
	number, comment, _ := strings.Cut(rest, "/")
	at := spot{repo: repo, node: comment}
	number, at.talk = strings.CutPrefix(number, "d")
	n, err := strconv.ParseInt(number, 10, 64)
	at.number = n
	return at, ok && err == nil && n > 0 && strings.Count(repo, "/") == 1
}

// Ways implements bot.Answerer.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	at, ok := spotOf(m.ExternalID)
	if !ok || s.set.Token == "" || m.Deleted {
		return nil
	}
	s.mu.Lock()
	as := s.me
	s.mu.Unlock()
	if as != "" {
		as = " as @" + as
	}
	label := "Comment on the issue" + as
	if at.talk {
		label = "Comment in the discussion" + as
	}
	return []bot.Way{{Name: "comment", Label: label, Public: true, Limit: commentLimit - 100, Place: "GitHub"}}
}

// Length implements bot.Answerer: GitHub counts characters.
func (s *Source) Length(t string) int { return utf8.RuneCountInString(t) }

// marker is found again in a comment, and people do not see it.
func marker(r bot.Reply) string { return "<!-- " + r.Key() + " -->" }

// Answer implements bot.Answerer.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	at, ok := spotOf(m.ExternalID)
	if !ok {
		return bot.Placed{}, bot.Errorf(bot.ErrGone, "Where the post stands is not known.")
	}
	body := r.Text + "\n\n" + marker(r)
	if at.talk {
		return s.answerTalk(ctx, at, body)
	}
	var sent issue
	path := "repos/" + at.repo + "/issues/" + strconv.FormatInt(at.number, 10) + "/comments"
	if err := s.post(ctx, s.base, path, map[string]string{"body": body}, &sent); err != nil {
		return bot.Placed{}, goneOr(err)
	}
	if sent.ID <= 0 {
		return bot.Placed{}, bot.Errorf(bot.ErrUncertain, "GitHub took the answer and does not say where it stands.")
	}
	return placed(at, sent), nil
}

func placed(at spot, c issue) bot.Placed {
	return bot.Placed{ExternalID: at.repo + "#" + strconv.FormatInt(at.number, 10) + "/" + strconv.FormatInt(c.ID, 10), URL: text.SafeURL(c.Page)}
}

func goneOr(err error) error {
	if bot.KindOf(err) == bot.ErrGone {
		return &bot.Error{Kind: bot.ErrGone, Msg: "The post is not there any more, or the token may not see it.", Err: err}
	}
	return err
}

// FindAnswer implements bot.Answerer: it looks for the comment with the
// reply's marker.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	at, ok := spotOf(m.ExternalID)
	if !ok {
		return bot.Placed{}, false, nil
	}
	if at.talk {
		return s.findTalk(ctx, at, r)
	}
	q := url.Values{"since": {r.CreatedAt.Add(-clocks).UTC().Format(time.RFC3339)}, "per_page": {strconv.Itoa(pageSize)}}
	for page := 1; ; page++ {
		q.Set("page", strconv.Itoa(page))
		var all []issue
		err := s.get(ctx, "repos/"+at.repo+"/issues/"+strconv.FormatInt(at.number, 10)+"/comments", q, &all)
		if bot.KindOf(err) == bot.ErrGone {
			return bot.Placed{}, false, nil
		}
		if err != nil {
			return bot.Placed{}, false, err
		}
		for _, c := range all {
			if strings.Contains(c.Body, marker(r)) && s.mayBeOurs(c.User.Login) {
				return placed(at, c), true, nil
			}
		}
		if len(all) < pageSize {
			return bot.Placed{}, false, nil
		}
	}
}

// mayBeOurs: somebody else's comment may quote ours, marker and all.
func (s *Source) mayBeOurs(login string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.me == "" || strings.EqualFold(login, s.me)
}

// Follow implements bot.Follower.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, placed bot.Placed) (bot.Aftermath, error) {
	at, ok := spotOf(placed.ExternalID)
	if !ok {
		return bot.Aftermath{}, bot.Errorf(bot.ErrGone, "Where the answer stands is not known.")
	}
	if at.talk {
		return s.followTalk(ctx, at)
	}
	var got struct {
		Reactions map[string]any `json:"reactions"`
	}
	err := s.get(ctx, "repos/"+at.repo+"/issues/comments/"+url.PathEscape(at.node), nil, &got)
	if bot.KindOf(err) == bot.ErrGone {
		return bot.Aftermath{Gone: true}, nil
	}
	likes := 0
	for _, name := range []string{"+1", "heart", "hooray", "rocket"} {
		n, _ := got.Reactions[name].(float64)
		likes += max(int(n), 0)
	}
	return bot.Aftermath{Likes: likes}, err
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	var all []bot.Finding
	say := func(what string, err error) {
		f := bot.Finding{OK: err == nil, What: what}
		if err != nil {
			f.Mend = bot.Told(err)
		}
		all = append(all, f)
	}
	if s.set.Token != "" {
		if err := s.known(ctx); err != nil {
			say("GitHub: the token is taken", err)
			return all
		}
	}
	for _, l := range s.lines {
		p := parsePlace("")
		p.Lists[l.key()] = list{At: s.now().UTC()}
		say("GitHub: can read the "+l.what+" of "+l.repo, s.read(ctx, l, &p, &bot.Batch{}))
	}
	return all
}
