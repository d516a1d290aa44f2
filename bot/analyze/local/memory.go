package local

import (
	"slices"

	"earshot/bot"
)

// How near a lesson must be: the cosine of its text and the mention's.
const (
	similar = 0.45 // from here on it counts
	alike   = 0.75 // from here on it decides
	tie     = 0.02 // of two that are as near, the later counts
)

// nearness is how far a lesson at this cosine decides, 0 to 1.
func nearness(cosine float32) float64 {
	return max(0, min(1, (float64(cosine)-similar)/(alike-similar)))
}

// hit is the nearest lesson of a kind; none when it is -1.
type hit struct {
	lesson int32
	cosine float32
}

// take puts a lesson in the place of h if it is nearer, or as near and later.
func (h *hit) take(lesson int32, cosine float32) {
	if h.lesson < 0 || cosine > h.cosine+tie || cosine >= h.cosine-tie && lesson > h.lesson {
		h.lesson, h.cosine = lesson, max(cosine, h.cosine)
	}
}

// nearest finds the lessons that say nearly the same as the text.
func (c *class) nearest(s *Scratch) Advice {
	if len(s.scores) < len(c.lessons) {
		s.scores = make([]float32, len(c.lessons))
	}
	s.touched = s.touched[:0]
	for _, f := range s.features {
		slot := c.find(f.hash)
		if slot == nil {
			continue
		}
		for _, p := range c.postings[slot.from:slot.to] {
			if s.scores[p.lesson] == 0 {
				s.touched = append(s.touched, p.lesson)
			}
			s.scores[p.lesson] += p.weight * f.near
		}
	}
	var label, notUs, us, topic = hit{lesson: -1}, hit{lesson: -1}, hit{lesson: -1}, hit{lesson: -1}
	for _, i := range s.touched {
		cosine := s.scores[i]
		s.scores[i] = 0
		if c.lessons[i].Kind == bot.LessonLabel {
			label.take(i, cosine)
		}
		if cosine < similar {
			continue
		}
		switch c.lessons[i].Kind {
		case bot.LessonDismiss:
			notUs.take(i, cosine)
			continue
		case bot.LessonTopic:
			topic.take(i, cosine)
		}
		us.take(i, cosine) // whoever corrects a verdict says that it is about us
	}
	return c.advice(label, notUs, us, topic)
}

// advice is what the nearest lessons come to.
func (c *class) advice(label, notUs, us, topic hit) (a Advice) {
	if label.lesson >= 0 {
		l := c.lessons[label.lesson]
		a.Weighs = l.ID
		if label.cosine >= similar {
			a.Near, a.Negative, a.Label = nearness(label.cosine), l.Value == bot.SaysNegative, l.ID
		}
	}
	if notUs.lesson >= 0 && (us.lesson < 0 || notUs.cosine > us.cosine+tie || notUs.cosine > us.cosine-tie && notUs.lesson > us.lesson) {
		l := c.lessons[notUs.lesson]
		a.NotUs, a.NotUsNear, a.NotUsID = bot.DismissReason(l.Value), nearness(notUs.cosine), l.ID
	}
	if topic.lesson >= 0 {
		l := c.lessons[topic.lesson]
		a.TopicID = l.ID
		if l.Value != bot.NoTopic {
			a.Topic = l.Value
		}
		a.Without = slices.DeleteFunc(slices.Clone(l.Was), func(t string) bool { return t == l.Value })
	}
	return a
}
