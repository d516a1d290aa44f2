package chart

import (
	"bytes"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-analyze/charts"

	"earshot/bot"
)

var update = flag.Bool("update", false, "write the golden pictures anew; look at them before committing")

func week(i int) string { return time.Date(2026, 1, 5+7*i, 0, 0, 0, 0, time.UTC).Format("2 Jan") }

func scores() ScoreData {
	d := ScoreData{Title: "Social NPS (estimate)", Note: "band: 95 % interval"}
	for i, v := range []float64{3, 5, 2, 6, 8, 4, 0, -3, 1, 5, 3, 12} {
		half := 6 + float64(i%3)
		d.Points = append(d.Points, ScorePoint{Label: week(i), Known: i != 4, Score: v, Low: v - half, High: v + half})
	}
	return d
}

func volumes() VolumeData {
	d := VolumeData{Title: "Mentions by what they say"}
	for i := range 7 {
		d.Steps = append(d.Steps, VolumeStep{Label: time.Date(2026, 3, 9+i, 0, 0, 0, 0, time.UTC).Format("2 Jan"),
			Detractors: 20 + i*7%31, Passives: 30 - i, Promoters: 42 + i, Others: 60 + i*13%40})
	}
	return d
}

func topics() TopicData {
	return TopicData{Title: "What adds to the score, and what takes from it", Note: "points", Bars: []TopicBar{
		{"Support", 9.2}, {"Design 🎉", 4.1}, {"Delivery", 2.2}, {"Price and value for the money you pay", -0.4}, {"App", -2.6}, {"Firmware", -11.3}}}
}

func spikeBins() SpikeData {
	start := time.Date(2026, 3, 8, 10, 0, 0, 0, time.UTC)
	d := SpikeData{Title: "People who complained about Firmware", Since: start.Add(85 * 30 * time.Minute)}
	for i := range 96 {
		e := 2 + 1.5*math.Sin(float64(i)/48*2*math.Pi)
		n := max(0, int(e+float64(i*7%4)-1))
		if i > 84 {
			n += (i - 84) * 3
		}
		if i > 30 && i < 38 {
			continue // nobody listened
		}
		d.Bins = append(d.Bins, bot.Bin{At: start.Add(time.Duration(i) * 30 * time.Minute), N: n, Expected: e, High: e + 2*math.Sqrt(e+e*e/2)})
	}
	return d
}

func TestPictures(t *testing.T) {
	pictures := map[string]func() ([]byte, error){
		"score.png":  func() ([]byte, error) { return Score(scores()) },
		"volume.png": func() ([]byte, error) { return Volume(volumes()) },
		"topics.png": func() ([]byte, error) { return Topics(topics()) },
		"spike.png":  func() ([]byte, error) { return Spike(spikeBins()) },
	}
	for name, picture := range pictures {
		t.Run(name, func(t *testing.T) {
			got, err := picture()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := difference(t, want, got); d > 0.002 {
				t.Errorf("the picture differs from %s by %.2f %%", path, 100*d)
			}
		})
	}
}

// difference is the mean difference of two pictures' pixels, 0 to 1. Rounding
// differs between processors, so a little is allowed.
func difference(t *testing.T, a, b []byte) float64 {
	t.Helper()
	x, y := decode(t, a), decode(t, b)
	if x.Bounds() != y.Bounds() {
		t.Fatalf("sizes differ: %v and %v", x.Bounds(), y.Bounds())
	}
	p, q := pixels(x), pixels(y)
	sum := 0
	for i := range p {
		sum += max(int(p[i])-int(q[i]), int(q[i])-int(p[i]))
	}
	return float64(sum) / float64(255*len(p))
}

func pixels(img image.Image) []byte {
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, img.Bounds(), img, img.Bounds().Min, draw.Src)
	return out.Pix
}

func decode(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestAnyValues checks that no value, however odd, breaks a picture.
func TestAnyValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	long := string(bytes.Repeat([]byte("very long 日本語 "), 200))
	draws := map[string]func() ([]byte, error){
		"no score": func() ([]byte, error) { return Score(ScoreData{}) },
		"one score": func() ([]byte, error) {
			return Score(ScoreData{Points: []ScorePoint{{Known: true, Score: 3, Low: 1, High: 5}}})
		},
		"unknown": func() ([]byte, error) { return Score(ScoreData{Points: []ScorePoint{{}, {}}}) },
		"odd scores": func() ([]byte, error) {
			return Score(ScoreData{Title: long, Points: []ScorePoint{{long, true, nan, -inf, inf}, {long, true, 1e300, 0, 0}}})
		},
		"no volume":   func() ([]byte, error) { return Volume(VolumeData{}) },
		"much volume": func() ([]byte, error) { return Volume(VolumeData{Steps: []VolumeStep{{long, 1 << 40, 0, 0, 3}}}) },
		"no topics":   func() ([]byte, error) { return Topics(TopicData{}) },
		"odd topics": func() ([]byte, error) {
			return Topics(TopicData{Bars: []TopicBar{{long, nan}, {"", inf}, {"\x00\u202e", -3}}})
		},
		"no bins":       func() ([]byte, error) { return Spike(SpikeData{}) },
		"one odd bin":   func() ([]byte, error) { return Spike(SpikeData{Bins: []bot.Bin{{N: 5, Expected: nan, High: inf}}}) },
		"bins in a jam": func() ([]byte, error) { return Spike(SpikeData{Bins: make([]bot.Bin, 500)}) },
	}
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			b, err := draw()
			if err != nil {
				t.Fatal(err)
			}
			if got := decode(t, b).Bounds().Dx(); got != width {
				t.Errorf("%d wide, want %d", got, width)
			}
		})
	}
}

func TestSpikeImage(t *testing.T) {
	s := bot.Spike{Series: bot.Series{Watch: "Larkspur", Topic: "Firmware", Negative: true}, Count: 41, Expected: 6, Since: time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)}
	if img, err := SpikeImage(s, nil); img != nil || err != nil {
		t.Errorf("a spike without bins has a picture: %v, %v", img, err)
	}
	s.Bins = spikeBins().Bins
	img, err := SpikeImage(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "People who complained about Firmware, by the half hour over two days, with the usual range; since Tue 10:00 UTC they are 41 where about 6 are usual"
	if img.Alt != want || decode(t, img.PNG).Bounds().Dx() != width {
		t.Errorf("alt %q, want %q", img.Alt, want)
	}
}

func TestDrawable(t *testing.T) {
	font := charts.GetFont(charts.FontFamilyNotoSans)
	for in, want := range map[string]string{
		"Größe, naïve ñ": "Größe, naïve ñ",
		"Design 🎉 now":   "Design now",
		"日本":             "",
		"a\nb\x00":       "a b",
		"−7":             "–7",
	} {
		if got := drawable(in, font); got != want {
			t.Errorf("%q is drawn as %q, want %q", in, got, want)
		}
	}
}

func BenchmarkScore(b *testing.B) {
	d := scores()
	for range b.N {
		if _, err := Score(d); err != nil {
			b.Fatal(err)
		}
	}
}
