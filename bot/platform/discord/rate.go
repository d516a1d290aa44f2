package discord

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"earshot/bot"
	"earshot/bot/platform/waits"
)

// limits keeps calls below Discord's rates, so that a flood ends in waiting
// and not in a ban (10,000 refused requests in ten minutes are one:
// docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans).
type limits struct {
	now     func() time.Time
	mu      sync.Mutex
	global  *rate.Limiter
	channel bot.Pace             // of new messages in one channel; zero for no limit
	until   map[string]time.Time // buckets that are empty until then
	waits   *waits.Book          // what 429s told, and whose turn it is, by bucket; "" for all
}

// maxBuckets bounds what is remembered: every thread is a channel of its own.
const maxBuckets = 4096

func newLimits(now func() time.Time, book *waits.Book) *limits {
	return &limits{now: now, waits: book, global: rate.NewLimiter(globalRate, globalRate),
		channel: bot.Pace{Every: channelEvery, Burst: channelPeak}, until: map[string]time.Time{}}
}

// wait returns when r may be sent, or with ErrRateLimited when that takes
// longer than maxWait. Answers to interactions are not counted
// (docs.discord.com/developers/topics/rate-limits#global-rate-limit).
func (l *limits) wait(ctx context.Context, r request) error {
	if strings.HasPrefix(r.bucket, interactionBucket) {
		return nil
	}
	left, delay := maxWait, l.empty(ctx, r.bucket)
	if delay <= left {
		delay = max(delay, l.turn(ctx, r, left))
	}
	for ; ; delay = l.empty(ctx, r.bucket) {
		if delay > left {
			return &bot.Error{Kind: bot.ErrRateLimited, RetryAfter: delay, Msg: "Discord takes no more for the moment; it goes on by itself."}
		}
		if delay <= 0 {
			return nil
		}
		if err := stay(ctx, delay); err != nil {
			return &bot.Error{Kind: bot.ErrUnavailable, Msg: "Earshot is stopping; it goes on after the start.", Err: err}
		}
		left -= delay
	}
}

// stay waits, or gives why ctx ended first.
func stay(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// empty is how long a bucket is empty still, or all of them are.
func (l *limits) empty(ctx context.Context, bucket string) time.Duration {
	told := l.waits.Left(ctx, "", bucket)
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(told, l.until[bucket].Sub(l.now()))
}

// turn books a turn for r and tells how long it is until then; one that is
// further away than most is not booked.
func (l *limits) turn(ctx context.Context, r request, most time.Duration) time.Duration {
	now := l.now()
	all := l.global.ReserveN(now, 1)
	delay, taken := all.DelayFrom(now), true
	if r.repeats && l.channel != (bot.Pace{}) && delay <= most {
		var own time.Duration
		own, taken = l.waits.Turn(ctx, r.bucket, l.channel, most)
		delay = max(delay, own)
	}
	if !taken || delay > most {
		all.CancelAt(now)
	}
	return delay
}

// learn reads from an answer how long its bucket is empty
// (docs.discord.com/developers/topics/rate-limits#header-format).
func (l *limits) learn(ctx context.Context, bucket string, res *http.Response) {
	if res.StatusCode == http.StatusTooManyRequests {
		if res.Header.Get("X-RateLimit-Global") != "" {
			bucket = ""
		}
		l.waits.Told(ctx, bucket, retryAfter(res))
		return
	}
	if res.Header.Get("X-RateLimit-Remaining") != "0" {
		return
	}
	wait := seconds(res.Header.Get("X-RateLimit-Reset-After"))
	if wait <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if len(l.until) >= maxBuckets {
		for k, t := range l.until {
			if t.Before(now) {
				delete(l.until, k)
			}
		}
	}
	l.until[bucket] = now.Add(wait)
}

// retryAfter is how long an answer says to wait; a second where it does not.
func retryAfter(res *http.Response) time.Duration {
	for _, name := range []string{"X-RateLimit-Reset-After", "Retry-After"} {
		if d := seconds(res.Header.Get(name)); d > 0 {
			return d
		}
	}
	return time.Second
}

// seconds reads a header in seconds, with or without a fraction; at most an hour.
func seconds(s string) time.Duration {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) {
		return 0
	}
	return time.Duration(min(f, 3600) * float64(time.Second))
}
