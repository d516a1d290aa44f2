package console

import (
	"testing"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

// BenchmarkCard is one card, from view to HTML: what every edit costs.
func BenchmarkCard(b *testing.B) {
	r := testRenderer(b)
	m := bot.StoredMessage{ID: 4, Channel: "triage", View: platformtest.CaseView(), At: platformtest.Noon()}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.message(drawnFrom(m, 2)); err != nil {
			b.Fatal(err)
		}
	}
}
