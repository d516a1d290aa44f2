package act

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"earshot/bot"
	"earshot/bot/relate/advise"
	"earshot/bot/text"
)

// WarningKind sorts what the guard finds.
type WarningKind string

// What the guard looks for.
const (
	WarnLong     WarningKind = "too_long"
	WarnPersonal WarningKind = "personal" // a way to reach or to charge a person, for all to read
	WarnSame     WarningKind = "same"     // somebody else was told exactly this
	WarnMoved    WarningKind = "moved"    // somebody did something to the case meanwhile
	WarnEdited   WarningKind = "edited"   // the customer edited what is answered
	WarnOwner    WarningKind = "owner"    // somebody else has the case
)

// Warning is one thing that is likely to go wrong with a reply.
type Warning struct {
	Kind   WarningKind
	Text   string // a sentence for the writer
	Blocks bool   // it cannot be sent like this
}

// sameAmong is how many earlier replies a text is compared with.
const sameAmong = 200

// guard says what is likely to go wrong with r. r.CaseSeen is the version of
// the case that its writer saw.
func (s *Service) guard(ctx context.Context, c bot.Case, r bot.Reply) ([]Warning, error) {
	var found []Warning
	if w, ok := s.tooLong(c, r); ok {
		found = append(found, w)
	}
	if r.Way.Public {
		found = append(found, personalWarnings(r.Text)...)
	}
	same, err := s.sameText(ctx, c, r)
	if err != nil {
		return nil, err
	}
	found = append(found, same...)
	moved, err := s.movedOn(ctx, c, r)
	if err != nil {
		return nil, err
	}
	return append(found, moved...), nil
}

func (s *Service) tooLong(c bot.Case, r bot.Reply) (Warning, bool) {
	if r.Way.Limit <= 0 {
		return Warning{}, false
	}
	length := text.Length
	if answerer, ok := s.answerer(takes(r, c.Source)); ok {
		length = answerer.Length
	}
	count := length(r.Text)
	if count <= r.Way.Limit {
		return Warning{}, false
	}
	return Warning{Kind: WarnLong, Blocks: true, Text: fmt.Sprintf("It is %s too long for %s (%d of %d). What fits ends with “%s”.",
		characters(count-r.Way.Limit), r.Way.Place, count, r.Way.Limit, fits(r.Text, r.Way.Limit, length))}, true
}

// fitsShown is how much of the end of what fits is shown, in runes.
const fitsShown = 30

// fits is the end of the longest beginning of s that length counts as no more
// than limit.
func fits(s string, limit int, length func(string) int) string {
	runes := []rune(s)
	n := sort.Search(len(runes), func(n int) bool { return length(string(runes[:n+1])) > limit })
	end := text.OneLine(string(runes[:n]))
	if r := []rune(end); len(r) > fitsShown {
		end = "…" + string(r[len(r)-fitsShown:])
	}
	return end
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
}

func personalWarnings(reply string) []Warning {
	var found []Warning
	for _, p := range advise.Personal(reply) {
		found = append(found, Warning{Kind: WarnPersonal, Blocks: p.Blocks,
			Text: "Everyone could read this " + p.What + ": " + p.Shown + "."})
	}
	return found
}

// sameText looks for an earlier reply to somebody else with the same words.
func (s *Service) sameText(ctx context.Context, c bot.Case, r bot.Reply) ([]Warning, error) {
	sent, err := s.st.RepliesIn(ctx, bot.ReplyDone, sameAmong)
	if err != nil {
		return nil, fmt.Errorf("earlier replies: %w", err)
	}
	mine := essence(r.Text)
	for _, old := range sent {
		if old.CaseID != c.ID && essence(old.Text) == mine {
			return []Warning{{Kind: WarnSame, Text: fmt.Sprintf("Somebody else was told exactly this in case %d. A personal word reads better.", old.CaseID)}}, nil
		}
	}
	return nil, nil
}

// essence is a text without case, marks and names, so that "@ann Sorry!" and
// "@bob sorry" are the same.
func essence(s string) string {
	var kept []string
	for word := range strings.FieldsSeq(s) {
		if !strings.HasPrefix(word, "@") {
			kept = append(kept, text.Words(word)...)
		}
	}
	return strings.Join(kept, " ")
}

// movedOn says what happened to the case since the writer saw it.
func (s *Service) movedOn(ctx context.Context, c bot.Case, r bot.Reply) ([]Warning, error) {
	edited, err := s.editedSince(ctx, c, r)
	if err != nil {
		return nil, err
	}
	if edited {
		return []Warning{{Kind: WarnEdited, Text: "The author edited the post after this reply was written: look again."}}, nil
	}
	var found []Warning
	if r.CaseSeen > 0 && r.CaseSeen < c.Version {
		since, err := s.since(ctx, c, r.CaseSeen)
		if err != nil {
			return nil, err
		}
		for _, ev := range slices.Backward(since) {
			if matters(ev, r.By) {
				found = append(found, Warning{Kind: WarnMoved, Text: fmt.Sprintf("The case moved on while you wrote: %s.", eventWords(ev))})
				break
			}
		}
	}
	if len(found) == 0 && c.Owner.Known() && c.Owner.Key() != r.By.Key() {
		found = append(found, Warning{Kind: WarnOwner, Text: c.Owner.Name + " has this case."})
	}
	return found, nil
}

// matters tells whether an event should stop somebody who is about to answer.
func matters(ev bot.Event, writer bot.Person) bool {
	return ev.Verb == bot.AuthorReply || (ev.Verb != bot.Echo && !isBot(ev.By) && ev.By.Key() != writer.Key())
}

func (s *Service) editedSince(ctx context.Context, c bot.Case, r bot.Reply) (bool, error) {
	if r.CaseSeen <= 0 || r.CaseSeen >= c.Version || !c.EditedSince {
		return false, nil
	}
	since, err := s.since(ctx, c, r.CaseSeen)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(since, func(ev bot.Event) bool { return ev.Verb == bot.AuthorEdit }), nil
}
