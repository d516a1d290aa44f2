package meter

import (
	"errors"
	"time"

	"earshot/bot"
	"earshot/bot/intake"
)

// Took counts what became of a batch of a source, and the new mentions in it.
func (m *Meter) Took(source string, r intake.Result, fresh []bot.Heard) {
	source = m.source(source)
	m.mentionsRead.WithLabelValues(source).Add(float64(r.Read))
	for outcome, n := range map[string]int{"new": r.New, "duplicate": r.Duplicate, "edited": r.Edited, "unmatched": r.Unmatched, "rejected": r.Rejected} {
		m.mentions.WithLabelValues(source, outcome).Add(float64(n))
	}
	m.flagged.WithLabelValues(source).Add(float64(r.Flagged))
	m.opened.WithLabelValues(source).Add(float64(r.Opened))
	m.joined.WithLabelValues(source).Add(float64(r.Joined))
	type kind struct{ label, language string }
	counts := map[kind]int{}
	var newest, seen time.Time
	for i := range fresh {
		h := &fresh[i]
		counts[kind{string(h.Verdict.Label), h.Verdict.Language}]++
		if h.Mention.CreatedAt.After(newest) {
			newest, seen = h.Mention.CreatedAt, h.Mention.SeenAt
		}
	}
	for k, n := range counts {
		m.verdicts.WithLabelValues(m.values.of("label", k.label), m.values.of("language", k.language)).Add(float64(n))
	}
	if !newest.IsZero() {
		m.lag.WithLabelValues(source).Set(max(0, seen.Sub(newest).Seconds()))
	}
}

// Happened counts a line of a case's history.
func (m *Meter) Happened(ev bot.Event) {
	m.caseEvents.WithLabelValues(m.values.of("verb", string(ev.Verb))).Inc()
	switch ev.Verb {
	case bot.Resolve:
		m.closed.WithLabelValues("resolved").Inc()
	case bot.Dismiss:
		m.closed.WithLabelValues("dismissed").Inc()
	case bot.Merge:
		m.closed.WithLabelValues("merged").Inc()
	case bot.ReplyIsQueued, bot.ReplyApproved:
		m.replies.WithLabelValues("queued").Inc()
	case bot.ReplySent:
		m.replies.WithLabelValues("sent").Inc()
	case bot.ReplyTakenBack:
		m.replies.WithLabelValues("undone").Inc()
	case bot.ReplyNotSent:
		m.replies.WithLabelValues("not_sent").Inc()
	}
}

// Delivered counts the state that a delivery came to.
func (m *Meter) Delivered(d bot.Delivery) {
	m.deliveries.WithLabelValues(string(d.Kind), string(d.State)).Inc()
}

// Called counts one request to a platform, or to a source for a reply, and how
// it ended.
func (m *Meter) Called(d bot.Delivery, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = string(bot.KindOf(err))
	}
	platform := m.platform(d)
	m.calls.WithLabelValues(platform, string(d.Kind), result).Inc()
	m.callSeconds.WithLabelValues(platform, string(d.Kind)).Observe(took.Seconds())
	var e *bot.Error
	if errors.As(err, &e) && e.Kind == bot.ErrRateLimited {
		m.limited.WithLabelValues(platform).Inc()
		m.waited.WithLabelValues(platform).Add(e.RetryAfter.Seconds())
	}
}

// platform is where a delivery goes: a reply goes to a source.
func (m *Meter) platform(d bot.Delivery) string {
	if d.Platform == "" {
		return "source"
	}
	return m.values.of("platform", d.Platform)
}

// Reached counts how long a mention took to the call with its card.
func (m *Meter) Reached(platform string, took time.Duration) {
	m.toCall.WithLabelValues(m.values.of("platform", platform)).Observe(took.Seconds())
}

// Accepted counts an interaction that was stored, which took so long.
func (m *Meter) Accepted(in bot.Interaction, took time.Duration, fresh bool) {
	outcome := "fresh"
	if !fresh {
		outcome = "repeated"
	}
	platform := m.values.of("platform", in.Platform)
	m.interactions.WithLabelValues(platform, m.values.of("interaction", string(in.Kind)), outcome).Inc()
	m.accepted.WithLabelValues(platform).Observe(took.Seconds())
}

// Handled counts how long it took to do what somebody asked for.
func (m *Meter) Handled(in bot.Interaction, took time.Duration) {
	m.handled.WithLabelValues(m.values.of("platform", in.Platform), m.values.of("interaction", string(in.Kind))).Observe(took.Seconds())
}

// Worked counts a job that ran.
func (m *Meter) Worked(kind bot.JobKind, took time.Duration, err error) {
	result := "ok"
	var e *bot.Error
	switch {
	case errors.As(err, &e) && e.RetryAfter > 0:
		result = "later"
	case err != nil:
		result = "failed"
	}
	m.jobs.WithLabelValues(string(kind), result).Inc()
	m.jobSeconds.WithLabelValues(string(kind)).Observe(took.Seconds())
	if kind == bot.JobDigest && result != "later" {
		m.digests.WithLabelValues(result).Inc()
	}
}

// Spiked counts a spike that opened or is over.
func (m *Meter) Spiked(s bot.Spike) {
	state := "opened"
	if s.State == bot.SpikeOver {
		state = "closed"
	}
	m.spikes.WithLabelValues(state).Inc()
}
