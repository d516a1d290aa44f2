package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
	"earshot/bot/text"
)

// spoil puts the world's words into every field of a mention that others fill.
func (w *world) spoil(h *bot.Heard) {
	m := h.Mention
	h.Mention = bot.Mention{}
	platformtest.Fill(&h.Mention, text.Clean(w.words), false)
	h.Mention.Source, h.Mention.Kind, h.Mention.ExternalID, h.Mention.Watches = m.Source, m.Kind, m.ExternalID, m.Watches
	h.Mention.CreatedAt, h.Mention.SeenAt, h.Mention.Author.ExternalID = m.CreatedAt, m.SeenAt, m.Author.ExternalID
	h.Mention.Deleted, h.Mention.RepostOf, h.Mention.ParentID = false, "", ""
	h.Verdict.Topics = append(h.Verdict.Topics, bot.TopicHit{Name: text.OneLine(w.words), Label: bot.Negative, Confidence: 0.9})
	h.Verdict.Urgency.Reasons = []string{w.words}
}

// names are what an operator could have called a topic or a watch: the
// configuration takes one line without | and /.
func (w *world) names() []string {
	if name := strings.NewReplacer("|", "", "/", "").Replace(text.OneLine(w.words)); name != "" {
		return []string{name}
	}
	return nil
}

// TestHostileAnswers walks through every button, form and command of a world
// in which everything that others wrote is hostile: each answer keeps what
// every platform relies on.
func TestHostileAnswers(t *testing.T) {
	texts := platformtest.Texts()
	for _, name := range []string{"mentions", "control", "unbroken"} {
		t.Run(name, func(t *testing.T) {
			w := &walker{world: newWorld(t), seen: map[string]bool{}}
			w.words = platformtest.Canary + " " + texts[name]
			w.restart()
			w.begin()
			read := 0
			for len(w.todo) > 0 && read < 120 {
				in := w.todo[0]
				w.todo = w.todo[1:]
				a := w.does(in)
				w.sound(fmt.Sprint(in.Kind, " ", in.Action), a)
				w.answer(a)
				read++
			}
			for _, line := range []string{"show 1", "search kingfisher", "inbox", "history 1", "learned", "sources", "rejected", "spikes", "contrast detractors", "grounds firmware", "mute",
				"search " + w.words, "show " + w.words, w.words, "mute topic:" + w.words, "nps " + w.words, "digest " + w.words, "assign 1 " + w.words, "merge 1 into " + w.words} {
				w.sound(line, w.types("root", line))
			}
			for _, line := range []string{"", "claim ", "mute topic:", "search kingfisher topic:", "nps ", "grounds ", "unlearn ", "audit "} {
				for _, o := range w.desk.Complete(t.Context(), person("root"), line) {
					if n := len([]rune(o.Value)); n > 100 && strings.HasPrefix(line, "claim") {
						t.Errorf("%q is completed with %d characters", line, n)
					}
				}
			}
			if read < 60 {
				t.Errorf("only %d answers were read", read)
			}
		})
	}
}

// sound checks an answer as every platform takes it.
func (w *world) sound(what string, a bot.Answer) {
	w.Helper()
	views := []bot.View{}
	if a.Tell != nil {
		views = append(views, *a.Tell)
	}
	if f := a.Form; f != nil {
		w.fits(*f)
		if len(f.Intro) > 0 {
			views = append(views, bot.View{Notice: f.Title, Blocks: f.Intro})
		}
	}
	for _, v := range views {
		if wrong := platformtest.Unsound(v); len(wrong) > 0 {
			w.Errorf("%.60q is answered with what a platform may refuse: %q", what, wrong)
		}
	}
	if strings.Contains(show(a), "our fault") {
		w.Errorf("%.60q fails", what)
	}
}
