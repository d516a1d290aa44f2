package card_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/card"
)

// What the platforms draw of a button: Slack's 75 characters
// (docs.slack.dev/reference/block-kit/block-elements/button-element) are fewer
// than Discord's 80 (discord.com/developers/docs/components/reference#button).
const labelMost = 75

// sound checks what every view promises to every platform.
func sound(t *testing.T, v bot.View) {
	t.Helper()
	if strings.TrimSpace(v.Notice) == "" || strings.ContainsAny(v.Notice, "\n\r") {
		t.Errorf("the notice is %q", v.Notice)
	}
	if len(v.Blocks) == 0 {
		t.Error("it has no blocks")
	}
	main := 0
	check := func(b bot.Button) {
		if n := utf8.RuneCountInString(b.Label); n == 0 || n > labelMost {
			t.Errorf("the label %q has %d characters", b.Label, n)
		}
		if id := b.Action.String(); len(id) > bot.MaxActionID {
			t.Errorf("the action %s has %d bytes", id, len(id))
		}
		if _, err := bot.ParseActionID(b.Action.String()); err != nil {
			t.Errorf("the action %s cannot be read: %v", b.Action, err)
		}
		if b.Style == bot.ButtonMain {
			main++
		}
	}
	for _, bl := range v.Blocks {
		for _, b := range bl.Buttons {
			check(b)
		}
		for _, m := range bl.Menus {
			if len(m.Options) == 0 || len(m.Options) > 25 {
				t.Errorf("the menu %s has %d options", m.Label, len(m.Options))
			}
			for _, b := range m.Options {
				check(b)
			}
		}
	}
	if main > 1 {
		t.Errorf("%d main buttons", main)
	}
}

func TestEveryCaseIsSound(t *testing.T) {
	for _, s := range append(states(), doneStates()...) {
		d, o := burnt(), options()
		s.change(&d, &o)
		sound(t, card.Case(d, o))
	}
	sound(t, card.Case(bot.Dossier{}, card.Options{}))
	sound(t, card.Spike(bot.Spike{Expected: math.NaN(), State: bot.SpikeOpen}, bot.Mention{}, nil, card.Options{}))
	sound(t, card.Fold(bot.Fold{}, nil, card.Options{}))
}

// FuzzHostile draws whatever an author, a customer list or a colleague can have
// written: nothing panics, and every view keeps what platforms rely on.
func FuzzHostile(f *testing.F) {
	f.Add("brewhilda", "My second Larkspur died", "gold", "Firmware", 5, 4, 3)
	f.Add("", "", "", "", 0, 0, 0)
	f.Add("<!channel>\u202e\n", strings.Repeat("😀\u200d", 400), "\xff", strings.Repeat("|", 200), 1, 2, -1)
	f.Add("", "", "", "one line\rand another", 0, 0, 1)
	f.Add("@everyone", "“”[x](javascript:1)\x00", "ß", "a\nb", 3, 9, 1<<40)
	f.Fuzz(func(t *testing.T, who, said, tier, word string, state, reply, n int) {
		pick := func(i, of int) int { return int(uint(i) % uint(of)) }
		d := burnt()
		d.Case.State = []bot.CaseState{bot.Open, bot.Claimed, bot.Answered, bot.Resolved, bot.Dismissed, "?"}[pick(state, 6)]
		d.Case.Owner, d.Case.ID, d.Case.Version, d.Case.Echoes, d.Case.People = bot.Person{ID: "U", Name: who}, int64(n), int64(n), n, n
		d.Case.RootCause, d.Case.Action, d.Case.EscalatedTo, d.Case.EscalatedAt = said, word, word, now()
		d.Mention.Author = bot.Author{Handle: who, Name: word, URL: said, Followers: n}
		d.Mention.Text, d.Mention.Source, d.Mention.URL, d.Mention.Language = said, word, word, word
		d.Mention.Rating = bot.Rating{Value: float64(n), Of: state}
		d.Mention.Media = []bot.Media{{Type: "image", URL: said, Alt: word}}
		d.Verdict.Topics = []bot.TopicHit{{Name: word}, {Name: said}}
		d.Verdict.Urgency.Reasons = []string{word, said}
		d.Speaker = bot.Speaker{Customer: bot.Customer{ID: 1, Tier: tier}, Author: d.Mention.Author, LastCase: int64(n), LastState: bot.CaseState(word), Last30Days: n}
		d.Reply = bot.Reply{ID: int64(n), State: []bot.ReplyState{"", bot.ReplyDraft, bot.ReplyAwaiting, bot.ReplyReturned, bot.ReplyQueued, bot.ReplySending,
			bot.ReplyFailed, bot.ReplyParked, bot.ReplyOutdated}[pick(reply, 9)], By: bot.Person{Name: who}, Note: said, Error: word}
		o := options()
		o.Delayed = time.Duration(n)
		sound(t, card.Case(d, o))
		sp := ofSpike()
		sp.Series.Topic, sp.Words, sp.Count, sp.Expected, sp.Mentions, sp.Why = word, []string{said, who}, n, float64(state), reply, said
		sound(t, card.Spike(sp, d.Mention, nil, o))
		sound(t, card.Fold(bot.Fold{ID: int64(n), Cases: []int64{1, 2}}, []bot.Dossier{d, d}, o))
		sound(t, card.Told(bot.Notice{Text: "x" + word, Mend: said}))
		sound(t, card.Note(bot.Event{By: bot.Person{Name: "L" + who}, Text: said}, nil))
	})
}
