package httpx

import (
	"net/http"
	"testing"
	"time"

	"earshot/bot"
)

func TestAllowance(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for name, tc := range map[string]struct {
		header map[string]string
		after  time.Duration
		spent  bool
	}{
		"nothing told":        {nil, 0, false},
		"plenty":              {map[string]string{"X-RateLimit-Remaining": "60", "X-RateLimit-Reset": "1800000030"}, 0, false},
		"nearly used up":      {map[string]string{"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "1800000030"}, 30 * time.Second, true},
		"without the X":       {map[string]string{"RateLimit-Remaining": "0", "RateLimit-Reset": "1800000060"}, time.Minute, true},
		"seconds and a point": {map[string]string{"X-RateLimit-Remaining": "2.0", "X-RateLimit-Reset": "90"}, 90 * time.Second, true},
		"whole again already": {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1799999999"}, 0, false},
		"no number":           {map[string]string{"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "soon"}, 0, false},
	} {
		var a Allowance
		h := http.Header{}
		for k, v := range tc.header {
			h.Set(k, v)
		}
		a.Note(h, now)
		err := a.Spent("x.example", 5, now)
		if (err != nil) != tc.spent {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var e *bot.Error
		if tc.spent {
			e = err.(*bot.Error)
			if e.Kind != bot.ErrRateLimited || e.RetryAfter != tc.after {
				t.Errorf("%s: %v after %v", name, e.Kind, e.RetryAfter)
			}
		}
	}
	if got := RetryAfter(http.Header{"Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"1800000060"}}, now); got != time.Minute {
		t.Errorf("RetryAfter without the X is %v", got)
	}
}
