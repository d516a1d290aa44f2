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
	r.Repeated = s.score[repeated] <= threshold
	r.Warn = s.score[warn] < 1
	r.Recommend = s.score[recommend] < 1 && !r.Warn
	r.Strong = s.score[strong] < 1
	r.News = s.score[news] < 1 && s.score[firsthand]*s.score[experience] == 1
	s.voice(&r)
	return r
}

// alone is how far the sentiment alone counts for a complaint or praise; the
// words must say the rest.
const alone = 0.65

// evaluations are complaint and praise, of which the words and the sentiment
// both speak.
func (s *Scratch) evaluations(t *token.Text, p bot.Probs, r *Result) {
	grave := len(r.Intents) > 0 && p.Positive < 0.5
	said := 1 - s.score[complaint]*s.score[warn]
	bad := 1 - (1-said*(1-0.6*p.Positive))*(1-alone*p.Negative)
	if bad >= threshold && p.Positive < 0.75 || grave && p.Negative > 0.5 {
		r.Intents = append(r.Intents, bot.IntentHit{Name: bot.Complaint, Confidence: bad, Words: s.words(t, complaint)})
	}
	said = 1 - s.score[praise]*s.score[strong]*s.score[recommend]
	good := 1 - (1-said*(1-0.6*p.Negative))*(1-alone*p.Positive)
	if good >= threshold && p.Negative < 0.75 {
		r.Intents = append(r.Intents, bot.IntentHit{Name: bot.Praise, Confidence: good, Words: s.words(t, praise)})
	}
}

// wishes are question and request.
func (s *Scratch) wishes(t *token.Text, p bot.Probs, r *Result) {
	wish := 1 - s.score[request]
	if c := s.asks(t, p, wish); c >= threshold {
		r.Intents = append(r.Intents, bot.IntentHit{Name: bot.Question, Confidence: c, Words: s.words(t, question)})
	}
	if wish >= threshold {
		r.Intents = append(r.Intents, bot.IntentHit{Name: bot.Request, Confidence: wish, Words: s.words(t, request)})
	}
}

// asks is how sure it is that an answer is wanted: the mark speaks for it,
// plain words do, and what is said in despair or politely as a wish does not.
func (s *Scratch) asks(t *token.Text, p bot.Probs, wish float64) float64 {
	words := 1 - s.score[question]
	switch {
	case s.score[rhetoric] < threshold && words < 0.7:
		return 0
	case t.Counts.Asks == 0:
		if words < 0.6 {
			return 0
		}
		return words
	case words == 0 && (wish >= threshold || p.Negative > 0.8): // "can you fix it?", "seriously?"
		return 0.4
	}
	return 1 - (1-words)*0.45
}

// voice tells who it happened to. Those who complain, praise or wish without
// a word of others speak for themselves; those who merely ask have nothing to
// tell.
func (s *Scratch) voice(r *Result) {
	lived := 1 - s.score[experience]
	own, told := 1-s.score[firsthand]*s.score[experience], 1-s.score[hearsay]
	feels := false
	asks := false
	for _, h := range r.Intents {
		feels = feels || h.Name != bot.Question
		asks = asks || h.Name == bot.Question
	}
	switch {
	case told >= threshold && (own < 0.85 || told > own):
		r.Voice, r.VoiceConf = bot.Hearsay, told
	case lived >= threshold, own > 0 && (feels || !asks):
		r.Voice, r.VoiceConf = bot.FirstHand, 0.5+own/2
	case feels && !r.News:
		r.Voice, r.VoiceConf = bot.FirstHand, 0.6
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
