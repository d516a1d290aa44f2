// Package meter counts what Earshot does, in the form that Prometheus reads.
// Names and units follow prometheus.io/docs/practices/naming; metrics.md lists
// them all. Labels are bounded: a source, a platform, a kind, a state; never a
// customer's word, an id or a channel.
package meter

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"earshot/bot"
	"earshot/bot/vital"
)

// Build is what this program was built from.
type Build struct{ Version, Commit string }

// Settings is what a Meter reads when it is asked.
type Settings struct {
	Build   Build
	Signs   func(ctx context.Context) vital.Signs
	Sources func() []bot.SourceState
	Notices func(ctx context.Context) (int, error) // open ones
	Now     func() time.Time
}

// Meter holds the figures. It is safe for concurrent use.
type Meter struct {
	registry   *prometheus.Registry
	set        Settings
	values     values
	documented []metric

	mentionsRead, mentions, flagged, verdicts, opened, joined *prometheus.CounterVec
	caseEvents, closed, replies, spikes, digests, jobs        *prometheus.CounterVec
	deliveries, calls, limited, waited, interactions          *prometheus.CounterVec
	callSeconds, accepted, handled, toCall, jobSeconds        *prometheus.HistogramVec
	lag                                                       *prometheus.GaugeVec
}

// soon are the buckets of what people wait for; long those of what runs behind.
// They are ours: from a tenth of what is promised to ten times that.
func soon() []float64 { return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30} }
func long() []float64 {
	return []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600}
}

// New makes a Meter with a registry of its own.
func New(set Settings) *Meter {
	m := &Meter{registry: prometheus.NewRegistry(), set: set}
	m.mentionsRead = m.counter("mentions_read_total", "Mentions that a source gave, whatever became of them.", "source")
	m.mentions = m.counter("mentions_total", "What became of them: new, duplicate, edited, unmatched (no watch), rejected (could not be read).", "source", "outcome")
	m.flagged = m.counter("mentions_flagged_total", "New mentions that were flagged.", "source")
	m.verdicts = m.counter("verdicts_total", "Verdicts on new mentions.", "label", "language")
	m.opened = m.counter("cases_opened_total", "Cases that were opened of a mention.", "source")
	m.joined = m.counter("cases_joined_total", "Mentions that joined a case: echoes, and the author's further words.", "source")
	m.caseEvents = m.counter("case_events_total", "Lines of cases' histories, by what was done.", "verb")
	m.closed = m.counter("cases_closed_total", "Cases that were closed: resolved, dismissed or merged.", "how")
	m.replies = m.counter("replies_total", "Replies that were queued, sent, taken back (undone), or not sent.", "state")
	m.spikes = m.counter("spikes_total", "Spikes that opened and closed.", "state")
	m.digests = m.counter("digests_total", "Digests that were made.", "result")
	m.jobs = m.counter("jobs_total", "Jobs that ran. A result of later means: tried again when the other side allows.", "kind", "result")
	m.deliveries = m.counter("deliveries_total", "States that deliveries came to.", "kind", "state")
	m.calls = m.counter("platform_calls_total", "Requests that brought something out, by how they ended; ok, or the kind of error.", "platform", "kind", "result")
	m.limited = m.counter("rate_limited_total", "Times that a platform or source told us to wait (HTTP 429).", "platform")
	m.waited = m.counter("rate_limit_wait_seconds_total", "How long they told us to wait, summed.", "platform")
	m.interactions = m.counter("interactions_total", "What people did: presses, commands, forms. Repeated ones were delivered again and done once.", "platform", "kind", "outcome")
	m.callSeconds = m.histogram("platform_call_seconds", "How long a request took that brought something out.", soon(), "platform", "kind")
	m.accepted = m.histogram("interaction_acknowledge_seconds", "From an interaction's arrival until it was stored, which is when it is acknowledged.", soon(), "platform")
	m.handled = m.histogram("interaction_handle_seconds", "How long it took to do what people asked for.", soon(), "platform", "kind")
	m.toCall = m.histogram("mention_to_call_seconds", "From a mention being read until the platform was called with its card, for cards that were not held back by a channel's budget.", long(), "platform")
	m.jobSeconds = m.histogram("job_seconds", "How long a job ran.", long(), "kind")
	m.lag = m.gauge("source_lag_seconds", "How old the newest mention was when it was read last.", "source")
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		state{m},
	)
	return m
}

const prefix = "earshot_"

func (m *Meter) counter(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
	m.registry.MustRegister(v)
	m.document(name, "counter", help, labels)
	return v
}

func (m *Meter) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + name, Help: help}, labels)
	m.registry.MustRegister(v)
	m.document(name, "gauge", help, labels)
	return v
}

func (m *Meter) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(v)
	m.document(name, "histogram", help, labels)
	return v
}

// Handler answers with all figures. What it reads of the store may take five
// seconds; what is not known by then is left out.
func (m *Meter) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: readFor + time.Second})
}

// goVersion is the version of Go that built this.
func goVersion() string { return runtime.Version() }

// values bounds what labels can be: the first maxValues of each label count by
// their name, the rest together as "other".
type values struct {
	mu   sync.Mutex
	seen map[string]map[string]struct{}
}

// The bounds of labels. They are ours: a configuration with more sources than
// that still counts, and its metrics stay below a few thousand series.
const (
	maxValues = 100
	maxLength = 64
	other     = "other"
	nothing   = "none"
)

// of is v as a value of a label.
func (b *values) of(label, v string) string {
	switch {
	case v == "":
		return nothing
	case len(v) > maxLength:
		return other
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = map[string]map[string]struct{}{}
	}
	all := b.seen[label]
	if all == nil {
		all = map[string]struct{}{}
		b.seen[label] = all
	}
	if _, known := all[v]; !known {
		if len(all) >= maxValues {
			return other
		}
		all[v] = struct{}{}
	}
	return v
}

func (m *Meter) source(name string) string { return m.values.of("source", name) }
