package spike

import "testing"

// TestAGiantHidesNothing: a day's peak raises what is usual by a step and not
// out of sight, and the same peak every week stays above the threshold.
func TestAGiantHidesNothing(t *testing.T) {
	const calm, giant, repeat = 0.4, 9, 1.6
	tune := standard()
	var p peaks
	day := func(peak float64) {
		p.see(peak)
		p.closeDay(tune, window4h)
	}
	for range 40 {
		day(calm)
	}
	before := p.threshold(tune, window4h)
	day(giant)
	if after := p.threshold(tune, window4h); after > repeat {
		t.Errorf("a giant takes the threshold from %.2f to %.2f", before, after)
	}
	for week := range 20 {
		for range 6 {
			day(calm)
		}
		if at := p.threshold(tune, window4h); at > repeat {
			t.Fatalf("in week %d the threshold is %.2f: what comes every week with %.1f is hidden", week, at, repeat)
		}
		day(repeat)
	}
	for range 40 { // what comes every day is usual in the end
		day(giant)
	}
	if at := p.threshold(tune, window4h); at < 0.9*giant {
		t.Errorf("every day has %d, and the threshold is %.2f", giant, at)
	}
}

// TestEpisodesGiveBack: what a burst's first hours taught the seasons before it
// was noticed is taken back while its episode runs, and a season is never below
// nothing.
func TestEpisodesGiveBack(t *testing.T) {
	learnt := func(spreads ...float64) float64 {
		var b baseline
		for h := range int64(28 * 24) {
			b.learn(h, 10, 1, standard().clipped)
		}
		for i, spread := range spreads {
			b.learn(int64(28*24+9+i), 50, 1, spread)
		}
		return b.hourFactor(9) + b.hourFactor(10)
	}
	calm := learnt()
	noticed, missed := learnt(standard().clipped, alarmSpread), learnt(standard().clipped, standard().clipped)
	if noticed > calm+(missed-calm)/2 {
		t.Errorf("the hours of a burst: usually %.3f, after it was noticed %.3f, had it been missed %.3f", calm, noticed, missed)
	}
	var b baseline
	for h := range int64(28 * 24) {
		b.learn(h, 0, 1, alarmSpread)
	}
	if f := b.hourFactor(9); f < 0 || b.DA[9] < 0 {
		t.Errorf("a season of %.2f", f)
	}
}
