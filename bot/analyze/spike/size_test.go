package spike

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"earshot/bot"
)

// TestManySeriesAreSmall: a hundred thousand series fit into 200 MB, their
// names and what they learnt included.
func TestManySeriesAreSmall(t *testing.T) {
	const n, most = 20000, 2000 // series, and bytes for each
	names := make([]bot.Series, n)
	for i := range names {
		names[i] = bot.Series{Watch: "larkspur", Topic: fmt.Sprintf("topic number %d", i/2), Negative: i%2 == 0}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	e := NewEngine(names...)
	e.Observe(Event{At: monday(), Watch: "larkspur", Author: 1})
	e.Tick(monday().Add(2 * Step))
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / n
	t.Logf("%.0f bytes a series", each)
	if each > most {
		t.Errorf("a series takes %.0f bytes, want at most %d", each, most)
	}
	runtime.KeepAlive(e)
	runtime.KeepAlive(names)
}

// BenchmarkManySeries closes five minutes of a hundred thousand series.
func BenchmarkManySeries(b *testing.B) {
	names := make([]bot.Series, 100000)
	for i := range names {
		names[i] = bot.Series{Watch: "larkspur", Topic: fmt.Sprint(i)}
	}
	e := NewEngine(names...)
	at := monday()
	for b.Loop() {
		e.Tick(at)
		at = at.Add(Step)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(time.Microsecond)/float64(b.N)/float64(len(names)), "µs/series")
}
