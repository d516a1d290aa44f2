package handlers

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/card"
	"earshot/bot/text"
)

// spikesFor is how far back finished spikes are listed.
const spikesFor = 14 * 24 * time.Hour

// spikesMost is how many spikes one answer holds.
const spikesMost = 8

func spikes() Command {
	return Command{Name: "spikes", Group: groupKnow, Usage: "spikes", What: "see what runs above what is usual", Role: bot.Viewer, Run: runSpikes}
}

func runSpikes(ctx context.Context, r *Request) (bot.Answer, error) {
	found, err := r.d.Store.Spikes(ctx, r.now().Add(-spikesFor), time.Time{}, false)
	if err != nil {
		return bot.Answer{}, err
	}
	if len(found) == 0 {
		return empty("No spike in the last two weeks.", "One opens when clearly more people than usual speak of a topic. /voc nps shows how it stands.")
	}
	var rows []bot.Row
	menu := bot.Menu{Label: "See what was said"}
	for _, sp := range found[:min(len(found), spikesMost)] {
		state := "over after " + card.Span(sp.ClosedAt.Sub(sp.Since))
		if sp.State == bot.SpikeOpen {
			state = "open for " + card.Span(r.now().Sub(sp.OpenedAt))
		}
		if sp.Muted {
			state += ", muted"
		}
		name := card.SeriesName(sp.Series)
		rows = append(rows, bot.Row{Label: fmt.Sprintf("Spike %d", sp.ID), Spans: []bot.Span{
			bot.Strong(name), bot.Plain(fmt.Sprintf(" · %s people, %s · %s · ", card.Thousands(sp.Count), usually(sp.Expected), state)), bot.At(sp.Since, bot.TimeDay)}})
		menu.Options = append(menu.Options, button(text.Cut(fmt.Sprintf("Spike %d: %s", sp.ID, name), labelLength), "spike.see", sp.ID))
	}
	return told(bot.View{Notice: "Spikes", Blocks: []bot.Block{
		bot.Line(bot.Strong("Spikes of the last two weeks")), {Kind: bot.BlockRows, Rows: rows},
		{Kind: bot.BlockActions, Menus: []bot.Menu{menu}}, hint("/voc mute spike %d silences one.", found[0].ID)}})
}

// usually says what an episode is set against.
func usually(expected float64) string {
	switch n := int(math.Round(expected)); n {
	case 0:
		return "hardly any are usual"
	case 1:
		return "about one is usual"
	default:
		return fmt.Sprintf("about %s are usual", card.Thousands(n))
	}
}

// pressSpikeSee lists what was said in an episode.
func pressSpikeSee(ctx context.Context, r *Request) (bot.Answer, error) {
	sp, err := r.d.Store.Spike(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	f := bot.MentionFilter{Watch: sp.Series.Watch, Topic: sp.Series.Topic, From: sp.Since, To: sp.ClosedAt, Limit: searchMost + 1}
	if sp.Series.Negative {
		f.Label = bot.Negative
	}
	found, err := r.d.Store.Mentions(ctx, f)
	if err != nil {
		return bot.Answer{}, err
	}
	if len(found) == 0 {
		return empty(fmt.Sprintf("Nothing of spike %d is stored any more.", sp.ID), "/voc spikes lists the others.")
	}
	return told(r.mentionList(fmt.Sprintf("Spike %d, %s: the latest of %d", sp.ID, card.SeriesName(sp.Series), max(sp.Mentions, len(found))), found, searchMost))
}

func pressSpikeClaim(ctx context.Context, r *Request) (bot.Answer, error) {
	err := r.once(ctx, func(ctx context.Context) error {
		_, err := r.d.Act.ClaimSpike(ctx, r.In.Action.Target, r.In.By)
		return err
	})
	if err != nil {
		return bot.Answer{}, err
	}
	v := bot.Say(fmt.Sprintf("You have spike %d. Reply walks you through its cases one by one.", r.In.Action.Target))
	v.Blocks = append(v.Blocks, actions(mainButton("Reply", "spike.reply", r.In.Action.Target)))
	return told(v)
}

// pressSpikeReply opens the first of an episode's unanswered cases.
func pressSpikeReply(ctx context.Context, r *Request) (bot.Answer, error) {
	return r.walk(ctx, r.In.Action.Target, bot.Reply{})
}

// walk goes to the next unanswered case of an episode, with the text of the
// reply before to start from, made personal. Each is previewed and sent by
// itself.
func (r *Request) walk(ctx context.Context, spikeID int64, before bot.Reply) (bot.Answer, error) {
	sp, err := r.d.Store.Spike(ctx, spikeID)
	if err != nil {
		return bot.Answer{}, err
	}
	next, left, err := r.d.Act.NextOfSpike(ctx, sp, map[int64]bool{before.CaseID: true})
	if bot.KindOf(err) == bot.ErrNotFound {
		return empty(bot.Told(err), "/voc inbox shows what else waits.")
	}
	if err != nil {
		return bot.Answer{}, err
	}
	d, err := r.d.Store.Dossier(ctx, next.ID)
	if err != nil {
		return bot.Answer{}, err
	}
	c := composing{spike: spikeID, said: fmt.Sprintf("%d cases of spike %d have no answer yet; this is the next.", left, spikeID)}
	if left == 1 {
		c.said = fmt.Sprintf("This is the last case of spike %d without an answer.", spikeID)
	}
	if before.ID > 0 {
		answered, err := r.d.Store.Dossier(ctx, before.CaseID)
		if err != nil {
			return bot.Answer{}, err
		}
		c.text = personalised(before.Text, answered.Mention, d.Mention)
	}
	return r.replyForm(ctx, d, c)
}

// personalised takes a text from one customer to another: whoever it named is
// exchanged; where it named nobody, the next one is greeted.
func personalised(s string, from, to bot.Mention) string {
	swapped := s
	for _, pair := range [][2]string{{"@" + from.Author.Handle, greetName(to)}, {from.Author.Name, greetName(to)}} {
		if len(pair[0]) > 1 {
			swapped = strings.ReplaceAll(swapped, pair[0], pair[1])
		}
	}
	if swapped == s && greetName(to) != "" && !strings.Contains(s, greetName(to)) {
		return greeting(to) + s
	}
	return swapped
}

func greetName(m bot.Mention) string {
	if m.Author.Handle != "" {
		return "@" + m.Author.Handle
	}
	return m.Author.Name
}

// pressSpikeMute asks how long.
func pressSpikeMute(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.Role < bot.Agent {
		return bot.Answer{}, bot.Errorf(bot.ErrForbidden, "To mute a spike you need the role %s; you are %s.", bot.Agent, r.Role)
	}
	sp, err := r.d.Store.Spike(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	return bot.Answer{Form: &bot.Form{
		Action: bot.ActionID{Name: "spike.mute", Target: sp.ID, Version: sp.Version}, Title: "Mute this spike", Submit: "Mute",
		Intro:  []bot.Block{bot.Line(bot.Plain("Its card stays; no other spike of " + card.SeriesName(sp.Series) + " is shown until then. Cases still arrive."))},
		Fields: []bot.Field{{Name: "until", Label: "Until when?", Kind: bot.FieldChoice, Value: "next working morning", Options: snoozeOptions()}},
	}}, nil
}

func submitSpikeMute(ctx context.Context, r *Request) (bot.Answer, error) {
	until, err := act.ParseWhen(r.value("until"), r.now(), r.d.Zone)
	if err != nil {
		return bot.Answer{Errors: map[string]string{"until": bot.Told(err)}}, nil
	}
	err = r.once(ctx, func(ctx context.Context) error {
		_, err := r.d.Act.MuteSpike(ctx, r.In.Action.Target, r.In.By, until)
		return err
	})
	if err != nil {
		return bot.Answer{}, err
	}
	return say("Spike %d is muted until %s.", r.In.Action.Target, stamp(until, r.d.Zone))
}
