package record

import (
	"math"
	"strconv"
	"strings"

	"earshot/bot"
)

// ParseRating reads a mark: "4", "4.5", "4,5", "4/5", "4 out of 5", "4 stars",
// "★★★★☆". of is the highest mark where the text does not tell; survey means a
// 0–10 likelihood to recommend. Nothing, "-", "n/a", "none" and "null" are no
// rating. What is out of range or no mark is an Error of kind ErrInvalid.
func ParseRating(s string, of int, survey bool) (bot.Rating, error) {
	s = strings.TrimSpace(s)
	if noValue(s) {
		return bot.Rating{}, nil
	}
	if survey {
		of = 10
	}
	value, told, ok := mark(s)
	if !ok {
		return bot.Rating{}, bot.Errorf(bot.ErrInvalid, "The rating %q is not a number.", cut(s))
	}
	if told > 0 && !survey {
		of = told
	}
	low := 1.0
	if survey {
		low = 0
	}
	if value < low || value > float64(of) || survey && value != math.Trunc(value) {
		what := "from 1 to " + itoa(of)
		if survey {
			what = "a whole number from 0 to 10"
		}
		return bot.Rating{}, bot.Errorf(bot.ErrInvalid, "The rating %q is not %s.", cut(s), what)
	}
	return bot.Rating{Value: value, Of: of, Survey: survey}, nil
}

func noValue(s string) bool {
	switch strings.ToLower(s) {
	case "", "-", "–", "n/a", "na", "none", "null", "nan":
		return true
	}
	return false
}

// mark reads a number, and the highest mark where the text names it.
func mark(s string) (value float64, of int, ok bool) {
	if v, err := number(s); err == nil {
		return v, 0, true
	}
	if stars := strings.Count(s, "★"); stars > 0 {
		empty := strings.Count(s, "☆")
		rest := strings.Trim(s, "★☆ ")
		return float64(stars), stars*min(empty, 1) + empty, rest == ""
	}
	low := strings.ToLower(s)
	for _, sep := range []string{"/", " out of ", " of "} {
		if a, b, found := strings.Cut(low, sep); found {
			v, err1 := number(strings.TrimSpace(a))
			n, err2 := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(b, "stars"), " ")))
			return v, n, err1 == nil && err2 == nil && n >= 2 && n <= 100
		}
	}
	for _, unit := range []string{"stars", "star", "points"} {
		if a, found := strings.CutSuffix(low, unit); found {
			v, err := number(strings.TrimSpace(a))
			return v, 0, err == nil
		}
	}
	return 0, 0, false
}

// number reads a decimal number, with a point or a comma.
func number(s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return 0, strconv.ErrRange
	}
	return v, err
}

// parseOf reads the highest mark; other for an empty value.
func parseOf(s string, other int) (int, error) {
	s = strings.TrimSpace(s)
	if noValue(s) {
		return other, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 2 || n > 100 {
		return 0, bot.Errorf(bot.ErrInvalid, "The highest rating %q is not a whole number from 2 to 100.", cut(s))
	}
	return n, nil
}
