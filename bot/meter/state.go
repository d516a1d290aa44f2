package meter

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// readFor is how long the store may take to tell how it is.
const readFor = 5 * time.Second

// state tells what is so at the moment of being asked.
type state struct{ m *Meter }

// figure is one gauge of the state.
type figure struct {
	name, help string
	labels     []string
}

func (f figure) desc() *prometheus.Desc {
	return prometheus.NewDesc(prefix+f.name, f.help, f.labels, nil)
}

// The gauges that are read when they are asked for.
func figures() map[string]figure {
	all := map[string]figure{}
	for _, f := range []figure{
		{"build_info", "Always 1; its labels say what is running.", []string{"version", "commit", "go"}},
		{"ready", "1 when everything has been started and the database takes writes.", nil},
		{"deliveries_due", "Deliveries that are due or under way.", nil},
		{"deliveries_oldest_due_seconds", "How long the oldest of them has been due.", nil},
		{"deliveries_parked", "Deliveries that a person has to decide on.", nil},
		{"queue_jobs_waiting", "Jobs that could run and do not yet.", []string{"queue"}},
		{"queue_oldest_seconds", "How long the oldest of them has waited.", []string{"queue"}},
		{"platform_connected", "1 while a platform is connected, or another replica holds its connection.", []string{"platform"}},
		{"platform_last_event_timestamp_seconds", "When something came from a platform last; 0 for never.", []string{"platform"}},
		{"source_up", "1 unless the last read of a source failed.", []string{"source"}},
		{"source_failures", "Reads of a source in a row that failed.", []string{"source"}},
		{"source_last_read_timestamp_seconds", "When a source was read well last; 0 for never.", []string{"source"}},
		{"source_last_mention_timestamp_seconds", "When a source gave a mention last; 0 for never.", []string{"source"}},
		{"source_silent", "1 while a source is silent against its own rhythm.", []string{"source"}},
		{"source_progress_ratio", "How far the first read of a source's history has come, 0 to 1.", []string{"source"}},
		{"notices_open", "What the team was told of Earshot itself and is not mended yet.", nil},
		{"database_size_bytes", "Size of the database.", nil},
		{"database_wal_size_bytes", "Size of the write-ahead log beside the file; 0 on PostgreSQL.", nil},
		{"database_disk_free_bytes", "Room left on the disk of the database's file; 0 where unknown.", nil},
	} {
		all[f.name] = f
	}
	return all
}

// Describe implements prometheus.Collector.
func (s state) Describe(out chan<- *prometheus.Desc) {
	for _, f := range figures() {
		out <- f.desc()
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out.
func (s state) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readFor)
	defer cancel()
	all := figures()
	gauge := func(name string, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(all[name].desc(), prometheus.GaugeValue, v, labels...)
	}
	b := s.m.set.Build
	gauge("build_info", 1, b.Version, b.Commit, goVersion())
	s.signs(ctx, gauge)
	s.sources(gauge)
	if n, err := s.m.set.Notices(ctx); err == nil {
		gauge("notices_open", float64(n))
	}
}

type gauges func(name string, v float64, labels ...string)

func (s state) signs(ctx context.Context, gauge gauges) {
	signs := s.m.set.Signs(ctx)
	gauge("ready", truth(signs.Serving && signs.Store == nil))
	once := map[string]bool{}
	for _, c := range signs.Connectors {
		name := s.m.values.of("platform", c.Name)
		if once[name] {
			continue
		}
		once[name] = true
		gauge("platform_connected", truth(c.Connected || c.Standby), name)
		gauge("platform_last_event_timestamp_seconds", stamp(c.LastEvent), name)
	}
	if signs.Store != nil {
		return
	}
	gauge("deliveries_due", float64(signs.Due))
	gauge("deliveries_oldest_due_seconds", age(signs.At, signs.OldestDue))
	gauge("deliveries_parked", float64(signs.Parked))
	for _, q := range signs.Queues {
		gauge("queue_jobs_waiting", float64(q.Waiting), q.Name)
		gauge("queue_oldest_seconds", age(signs.At, q.Oldest), q.Name)
	}
	gauge("database_size_bytes", float64(signs.Size.Database))
	gauge("database_wal_size_bytes", float64(signs.Size.Log))
	gauge("database_disk_free_bytes", float64(signs.Size.DiskFree))
}

// sources tells of each source; those beyond the bound of labels, of the first.
func (s state) sources(gauge gauges) {
	once := map[string]bool{}
	for _, src := range s.m.set.Sources() {
		name := s.m.source(src.Name)
		if once[name] {
			continue
		}
		once[name] = true
		gauge("source_up", truth(src.Failures == 0), name)
		gauge("source_failures", float64(src.Failures), name)
		gauge("source_last_read_timestamp_seconds", stamp(src.LastOK), name)
		gauge("source_last_mention_timestamp_seconds", stamp(src.LastNew), name)
		gauge("source_silent", truth(!src.QuietFrom.IsZero()), name)
		gauge("source_progress_ratio", src.Progress, name)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func stamp(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func age(now, since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since).Seconds())
}
