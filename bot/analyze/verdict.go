package analyze

import (
	"strings"

	"earshot/bot"
	"earshot/bot/analyze/intent"
	"earshot/bot/analyze/language"
)

// verdict judges the text on the desk.
func (a *Analyzer) verdict(d *desk, m *bot.Mention) bot.Verdict {
	d.mine(m)
	guess := a.guess(d, m)
	felt := a.whole(d, m, guess)
	told := a.taught(d, m, &felt)
	wants := a.intents.Find(d.own.text, felt.Probs, &d.intents)
	v := bot.Verdict{
		Label: felt.Label, Probs: felt.Probs, Confidence: felt.Confidence,
		Language: guess.Code, LangConf: guess.Confidence,
		Intents: wants.Intents, Voice: wants.Voice, VoiceConf: wants.VoiceConf,
		Model: a.model.Name(),
	}
	if m.RepostOf != "" || d.echoes() {
		v.Voice, v.VoiceConf = bot.Hearsay, 0.95
	}
	v.Topics = told.topics(a, a.topicHits(d, v, guess), &v)
	rated(&v, m.Rating)
	v.Flagged = a.flagged(&v, m.Rating) && !d.harmless(&v)
	v.Stance = a.stanceTowards(d, &v, &wants, m)
	v.Towards = a.towards(d, m, &v, &wants, guess)
	v.Flagged = v.Flagged && !a.foreign(m.Watches)
	told.settle(a, &v, m)
	v.Urgency = a.settings.Urgency.of(&v, &wants, m)
	return v
}

// hintConfidence is how sure a guess must be to stand against what the source
// says of the language.
const hintConfidence = 0.9

// guess is the language: what the author's own words show, else what those do
// that they quote, else what the source says.
func (a *Analyzer) guess(d *desk, m *bot.Mention) language.Guess {
	g := a.language.Detect(d.own.text)
	if g.Code == language.Undetermined && d.own.text != &d.text {
		if whole := a.language.Detect(&d.text); whole.Code != language.Undetermined {
			g = whole
		}
	}
	if m.Language == "" || g.Confidence >= hintConfidence {
		return g
	}
	code, _, _ := strings.Cut(strings.ToLower(m.Language), "-")
	if len(code) != 2 || code == g.Code {
		return g
	}
	english := 0.0
	if code == "en" {
		english = 1
	}
	return language.Guess{Code: code, Confidence: 0.8, English: english, Latin: g.Latin}
}

// rated lets the author's own mark decide what the words leave open: one or
// two stars are negative, four and five are not.
func rated(v *bot.Verdict, r bot.Rating) {
	if !r.Given() {
		return
	}
	p := &v.Probs
	switch bot.StanceOfRating(r) {
	case bot.Promoter:
		blend(p, bot.Probs{Negative: 0.02, Neutral: 0.08, Positive: 0.9}, 0.6)
	case bot.Passive:
		blend(p, bot.Probs{Negative: 0.15, Neutral: 0.35, Positive: 0.5}, 0.3)
	case bot.Detractor:
		if low(r) {
			blend(p, bot.Probs{Negative: 0.95, Neutral: 0.04, Positive: 0.01}, 0.75)
		} else {
			blend(p, bot.Probs{Negative: 0.35, Neutral: 0.5, Positive: 0.15}, 0.4)
		}
	}
	if v.Label == bot.Mixed && !low(r) && bot.StanceOfRating(r) != bot.Promoter {
		return
	}
	v.Label, v.Confidence = bot.Neutral, p.Neutral
	if p.Negative > v.Confidence {
		v.Label, v.Confidence = bot.Negative, p.Negative
	}
	if p.Positive > v.Confidence {
		v.Label, v.Confidence = bot.Positive, p.Positive
	}
}

// blend moves p towards q by weight.
func blend(p *bot.Probs, q bot.Probs, weight float64) {
	p.Negative += weight * (q.Negative - p.Negative)
	p.Neutral += weight * (q.Neutral - p.Neutral)
	p.Positive += weight * (q.Positive - p.Positive)
}

// low tells whether a mark asks for somebody: two fifths or less, or a survey
// answer that makes a detractor.
func low(r bot.Rating) bool {
	if !r.Given() {
		return false
	}
	if r.Survey {
		return bot.StanceOfRating(r) == bot.Detractor
	}
	return r.Value*5 <= 2*float64(r.Of)
}

// content tells whether the author's own mark says that all is well: the words
// may still grumble, but nobody waits for an answer.
func content(r bot.Rating) bool {
	s := bot.StanceOfRating(r)
	return s == bot.Promoter || s == bot.Passive
}

// flagged tells whether somebody should look: negative enough, a low mark, or
// grave words in a text that is not plainly happy.
func (a *Analyzer) flagged(v *bot.Verdict, r bot.Rating) bool {
	if low(r) {
		return true
	}
	if v.Label != bot.Unsure && v.Probs.Negative >= a.settings.FlagAt {
		return true
	}
	if v.Label == bot.Mixed && v.Confidence >= a.settings.FlagAt && !content(r) { // one clause of it complains
		return true
	}
	grave := v.HasIntent(bot.Safety) || v.HasIntent(bot.Legal) || v.HasIntent(bot.Churn)
	return grave && v.Label != bot.Positive
}

// stance is the author's position. A mark decides; else only plain words do:
// to be content is not yet to promote.
func stance(v *bot.Verdict, wants *intent.Result, m *bot.Mention) bot.Stance {
	switch {
	case m.Author.Staff || m.Author.Automated || m.RepostOf != "":
		return bot.Unqualified
	case m.Rating.Given():
		return bot.StanceOfRating(m.Rating)
	case v.Voice == bot.Hearsay || wants.News || v.Label == bot.Unsure && !wants.Warn:
		return bot.Unqualified
	case wants.Warn && v.Label != bot.Positive, v.HasIntent(bot.Churn) && v.Label != bot.Positive, v.Label == bot.Negative:
		return bot.Detractor
	case v.Label == bot.Mixed:
		return bot.Passive
	case v.Label == bot.Positive && (wants.Recommend || wants.Strong && v.Probs.Positive >= strongPraise):
		return bot.Promoter
	case v.Label == bot.Positive:
		return bot.Passive
	}
	return bot.Unqualified
}

// strongPraise is how sure strong praise must be to make a promoter.
const strongPraise = 0.75
