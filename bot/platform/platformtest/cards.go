package platformtest

import (
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

// CardViews are the real cards in every state that people meet.
func CardViews() []Named {
	ann := bot.Person{Platform: "test", ID: "U1", Name: "Ann"}
	with := func(change func(*bot.Dossier)) bot.View {
		d := dossier()
		change(&d)
		return card.Case(d, cardOptions())
	}
	reply := func(state bot.ReplyState) bot.View {
		return with(func(d *bot.Dossier) {
			d.Case.State, d.Case.Owner = bot.Claimed, ann
			d.Reply = bot.Reply{ID: 7, CaseID: 1042, State: state, By: ann, SendAt: Noon().Add(20 * time.Second), Error: "The service was down.", Note: "Say when."}
		})
	}
	return []Named{
		{"card_open", with(func(*bot.Dossier) {})},
		{"card_claimed", with(func(d *bot.Dossier) { d.Case.State, d.Case.Owner = bot.Claimed, ann })},
		{"card_awaiting", reply(bot.ReplyAwaiting)},
		{"card_queued", reply(bot.ReplyQueued)},
		{"card_failed", reply(bot.ReplyFailed)},
		{"card_bounced", reply(bot.ReplyCameBack)},
		{"card_parked", reply(bot.ReplyParked)},
		{"card_outdated", reply(bot.ReplyOutdated)},
		{"card_answered", with(func(d *bot.Dossier) {
			d.Case.State, d.Case.AnsweredBy, d.Case.AnsweredAt, d.Case.AnswerPublic = bot.Answered, ann, Noon(), true
		})},
		{"card_snoozed", with(func(d *bot.Dossier) { d.Case.SnoozedUntil = Noon().Add(70 * time.Hour) })},
		{"card_resolved", with(func(d *bot.Dossier) {
			d.Case.State, d.Case.RootCause, d.Case.Action = bot.Resolved, "faulty 4.2 update", "replacement sent"
		})},
		{"card_resolved_parked", with(func(d *bot.Dossier) {
			d.Case.State, d.Case.RootCause, d.Case.Action = bot.Resolved, "faulty 4.2 update", "replacement sent"
			d.Reply = bot.Reply{ID: 7, CaseID: 1042, State: bot.ReplyParked, By: ann}
		})},
		{"card_unsure", with(func(d *bot.Dossier) {
			d.Verdict = bot.Verdict{Label: bot.Unsure, Language: "de"}
			d.Case.Urgency, d.Speaker = bot.UrgencyNormal, bot.Speaker{}
			d.Mention.Text = "Na toll."
		})},
		{"card_spike", card.Spike(spike(), dossier().Mention, &bot.Image{Name: "spike.png", Alt: "Complaints an hour with their usual band", PNG: Picture()}, cardOptions())},
		{"card_fold", card.Fold(bot.Fold{ID: 3, Since: Noon().Add(-time.Hour), Cases: []int64{1042, 1043}}, []bot.Dossier{dossier()}, cardOptions())},
		{"card_note", card.Note(bot.Event{CaseID: 1042, At: Noon(), By: ann, Verb: bot.Claim, Text: "claimed it"}, nil)},
		{"card_told", card.Told(bot.Notice{Text: "Reddit has been silent since Thu 14:00.", Mend: "Check its token under sources."})},
	}
}

func cardOptions() card.Options {
	return card.Options{Now: Noon(), Zone: time.UTC, Permalink: "https://earshot.example/cases/1042", Label: func(string) string { return "Mastodon" }}
}

// dossier is an open, urgent case of a customer with a history.
func dossier() bot.Dossier {
	return bot.Dossier{
		Case: bot.Case{ID: 1042, Version: 3, State: bot.Open, Source: "mastodon", Label: bot.Negative, Urgency: bot.UrgencyCritical,
			Echoes: 14, People: 12, OpenedAt: Noon().Add(-12 * time.Minute), DueAt: Noon().Add(18 * time.Minute)},
		Mention: bot.Mention{ID: 1, Source: "mastodon", ExternalID: "1", URL: "https://social.example/@brewhilda/1", CreatedAt: Noon().Add(-12 * time.Minute),
			Text:   "My second Larkspur died after the 4.2 update. It smells burnt & nobody answers. *Really* <not> happy with_it.",
			Author: bot.Author{Handle: "brewhilda", URL: "https://social.example/@brewhilda", Followers: 3400}},
		Verdict: bot.Verdict{Label: bot.Negative, Probs: bot.Probs{Negative: 0.94, Neutral: 0.04, Positive: 0.02}, Confidence: 0.94, Language: "en", Voice: bot.FirstHand,
			Topics:  []bot.TopicHit{{Name: "Firmware"}, {Name: "Support"}},
			Urgency: bot.Urgency{Level: bot.UrgencyCritical, Reasons: []string{"smoke or fire is mentioned"}}},
		Speaker: bot.Speaker{Author: bot.Author{Handle: "brewhilda", Followers: 3400}, Customer: bot.Customer{ID: 5, Tier: "gold", Since: Noon().AddDate(-5, 0, 0)},
			LastCase: 987, LastState: bot.Resolved, Last30Days: 1, Mentions: 4},
		Since: Noon().Add(-2 * time.Hour),
	}
}

func spike() bot.Spike {
	return bot.Spike{ID: 7, Version: 2, State: bot.SpikeOpen, Series: bot.Series{Watch: "Larkspur", Topic: "Firmware", Negative: true}, Since: Noon().Add(-2 * time.Hour),
		OpenedAt: Noon().Add(-130 * time.Minute), Count: 41, Expected: 6, Peak: 6.8, Why: "the highest 4 hours in 4 weeks", Rising: true, Share: 0.8, UsualNeg: 0.3,
		Words: []string{"burnt smell", "4.2 update", "won't start"}, Mentions: 41, Reposts: 24, FirstHand: 17}
}
