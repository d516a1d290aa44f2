package digest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"earshot/bot"
	"earshot/bot/text"
)

// What makes a good quote.
const (
	voiceLook  = 200 // mentions of each side that are looked at, the latest
	voiceLeast = 30  // graphemes: a shorter one says too little
	voiceBest  = 180 // up to here it reads at a glance
	voiceCut   = 160
)

// Voice is what one person said, word for word.
type Voice struct {
	Stance  bot.Stance `json:"stance"`
	Text    string     `json:"text"`
	Author  string     `json:"author"`
	Source  string     `json:"source"`
	URL     string     `json:"url,omitempty"`
	Mention int64      `json:"mention_id"`
}

// voices is one detractor and one promoter, in their own words.
func voices() Section {
	return Section{Name: "voices", gather: gatherVoices, draw: drawVoices}
}

func gatherVoices(ctx context.Context, b *Builder, m *material) error {
	topics := map[bot.Stance]string{}
	for _, t := range Moves(m.before, m.now) { // the largest change first
		side := bot.Promoter
		if t.Points < 0 {
			side = bot.Detractor
		}
		if topics[side] == "" && t.Topic != OtherTopics {
			topics[side] = t.Topic
		}
	}
	for _, side := range []struct {
		stance bot.Stance
		label  bot.Label
	}{{bot.Detractor, bot.Negative}, {bot.Promoter, bot.Positive}} {
		found, err := b.store.Mentions(ctx, bot.MentionFilter{Watch: m.report.Watch, Label: side.label, From: m.report.From, To: m.report.To, Limit: voiceLook})
		if err != nil {
			return fmt.Errorf("read voices: %w", err)
		}
		if r, ok := bestVoice(found, side.stance, topics[side.stance], m.report); ok {
			m.report.Voices = append(m.report.Voices, voiceOf(r, side.stance))
		}
	}
	return nil
}

// bestVoice chooses what is worth quoting: first-hand, short enough to read,
// about what moved the score, where all can read it, and recent.
func bestVoice(found []bot.Reading, stance bot.Stance, topic string, r *Report) (bot.Reading, bool) {
	var best bot.Reading
	most := math.Inf(-1)
	for _, f := range found {
		k, s := evidence(f)
		if k == kindNone || k == kindSurvey || s != stance || f.Mention.Deleted || f.Mention.Author.Staff || f.Mention.Private {
			continue
		}
		if v := voiceWorth(f, topic, r); v > most {
			best, most = f, v
		}
	}
	return best, best.Mention.ID != 0 || most > math.Inf(-1)
}

func voiceWorth(f bot.Reading, topic string, r *Report) float64 {
	worth := f.Verdict.Confidence
	if f.Verdict.Voice == bot.FirstHand {
		worth += 2
	}
	if topic != "" && slices.Contains(f.Verdict.TopicNames(), topic) {
		worth += 2
	}
	if text.SafeURL(f.Mention.URL) != "" {
		worth++
	}
	switch n := text.Length(f.Mention.Said()); {
	case n < voiceLeast:
		worth -= 2
	case n <= voiceBest:
		worth++
	}
	return worth + f.Mention.CreatedAt.Sub(r.From).Hours()/r.To.Sub(r.From).Hours()
}

func voiceOf(r bot.Reading, stance bot.Stance) Voice {
	m := r.Mention
	return Voice{Stance: stance, Text: text.CutWords(text.OneLine(m.Said()), voiceCut), Author: text.Cut(text.OneLine(m.Author.Label()), 40),
		Source: m.Source, URL: text.SafeURL(m.URL), Mention: m.ID}
}

func drawVoices(d *drawing) {
	var spans []bot.Span
	for i, v := range d.r.Voices {
		if i > 0 {
			spans = append(spans, bot.Plain(" · "))
		}
		spans = append(spans, bot.Plain("“"+v.Text+"” "), bot.Link(v.Author, v.URL))
	}
	if len(spans) > 0 {
		d.row("In their words", spans...)
	}
}
