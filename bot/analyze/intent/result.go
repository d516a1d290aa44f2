package intent

import (
	"strings"

	"earshot/bot"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
)

// threshold is from which confidence an intent is told.
const threshold = 0.5

// result weighs the cues and the sentiment together.
func (s *Scratch) result(t *token.Text, p bot.Probs) (r Result) {
	grave := func(name bot.Intent, from, to kind) {
		absent, words := 1.0, ""
		for k := from; k <= to; k++ {
			if s.score[k] > 1-threshold { // nothing, or too little
				continue
			}
			absent *= s.score[k]
			words = join(words, s.words(t, k))
			r.Reasons = append(r.Reasons, Reason{name, k.reason()})
		}
		if absent < 1 {
			r.Intents = append(r.Intents, bot.IntentHit{Name: name, Confidence: 1 - absent, Words: words})
		}
	}
	grave(bot.Safety, safetyFire, safetyDanger)
	grave(bot.Legal, legalAction, legalPrivacy)
	grave(bot.Churn, churnLeave, churnNever)
	s.evaluations(t, p, &r)
	s.wishes(t, p, &r)
	r.Waiting = s.score[waiting] < 1
	if r.Waiting {
		r.Reasons = append(r.Reasons, Reason{Text: waiting.reason()})
	}
	r.Warn = s.score[warn] < 1
	r.Recommend = s.score[recommend] < 1 && !r.Warn
	r.Strong = s.score[strong] < 1
	r.News = s.score[news] < 1 && s.score[firsthand] == 1
	s.voice(&r)
	return r
}

// evaluations are complaint and praise: the sentiment counts for more than
// the words.
func (s *Scratch) evaluations(t *token.Text, p bot.Probs, r *Result) {
	grave := len(r.Intents) > 0 && p.Positive < 0.5
	bad := 1 - s.score[complaint]*s.score[warn]
	bad = 1 - (1-bad*(1-p.Positive))*(1-0.8*p.Negative)
	if bad >= threshold && p.Positive < 0.6 || grave && p.Negative > 0.4 {
		r.Intents = append(r.Intents, bot.IntentHit{Name: bot.Complaint, Confidence: bad, Words: s.words(t, complaint)})
	}
	good := 1 - s.score[praise]*s.score[strong]*s.score[recommend]
	good = 1 - (1-good*(1-p.Negative))*(1-0.8*p.Positive)
	if good >= threshold && p.Positive >= 0.4 {
		r.Intents = append(r.Intents, bot.IntentHit{Name: bot.Praise, Confidence: good, Words: s.words(t, praise)})
	}
}

// wishes are question and request.
func (s *Scratch) wishes(t *token.Text, p bot.Probs, r *Result) {
	if t.Counts.Asks > 0 {
		mark := 0.55
		if p.Negative > 0.8 { // "seriously?"
			mark = 0.4
		}
		if c := 1 - s.score[question]*(1-mark); c >= threshold {
			r.Intents = append(r.Intents, bot.IntentHit{Name: bot.Question, Confidence: c, Words: s.words(t, question)})
		}
	}
	if c := 1 - s.score[request]; c >= threshold {
		r.Intents = append(r.Intents, bot.IntentHit{Name: bot.Request, Confidence: c, Words: s.words(t, request)})
	}
}

// voice tells who it happened to.
func (s *Scratch) voice(r *Result) {
	own, told := 1-s.score[firsthand], 1-s.score[hearsay]
	switch {
	case told > 0 && own < 0.85:
		r.Voice, r.VoiceConf = bot.Hearsay, told
	case own > 0:
		r.Voice, r.VoiceConf = bot.FirstHand, 0.5+own/2
	default:
		r.Voice, r.VoiceConf = bot.VoiceUnknown, 0.5
	}
	if r.Voice == bot.FirstHand && told > 0 {
		r.VoiceConf -= 0.2
	}
}

// words are the phrases that spoke for a kind.
func (s *Scratch) words(t *token.Text, k kind) string {
	words := ""
	for _, h := range s.at[k][:s.n[k]] {
		words = join(words, phrase(t, h))
	}
	return words
}

func phrase(t *token.Text, h match.Hit) string {
	return strings.TrimSpace(string(t.Folded[h.Start:h.End]))
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}
