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
	channel rate.Limit               // new messages a second and channel
	posts   map[string]*rate.Limiter // by bucket
	until   map[string]time.Time     // buckets that are empty until then
	waits   *waits.Book              // what 429s told, by bucket; "" for all
}

// maxBuckets bounds what is remembered: every thread is a channel of its own.
const maxBuckets = 4096

func newLimits(now func() time.Time, book *waits.Book) *limits {
	return &limits{now: now, waits: book, global: rate.NewLimiter(globalRate, globalRate), channel: channelRate,
		posts: map[string]*rate.Limiter{}, until: map[string]time.Time{}}
}

// wait returns when r may be sent, or with ErrRateLimited when that takes
// longer than maxWait. Answers to interactions are not counted
// (docs.discord.com/developers/topics/rate-limits#global-rate-limit).
func (l *limits) wait(ctx context.Context, r request) error {
	if strings.HasPrefix(r.bucket, interactionBucket) {
		return nil
	}
	left := maxWait
	delay, undo := l.delay(r)
	for first := true; ; first = false {
		delay = max(delay, l.waits.Left(ctx, "", r.bucket))
		if delay > left {
			if first {
				undo()
			}
			return &bot.Error{Kind: bot.ErrRateLimited, RetryAfter: delay, Msg: "Discord takes no more for the moment; it goes on by itself."}
		}
		if delay <= 0 {
			return nil
		}
		if err := stay(ctx, delay); err != nil {
			if first {
				undo()
			}
			return &bot.Error{Kind: bot.ErrUnavailable, Msg: "Earshot is stopping; it goes on after the start.", Err: err}
		}
		left, delay = left-delay, l.empty(r.bucket)
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

// empty is how long a bucket is empty still.
func (l *limits) empty(bucket string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until[bucket].Sub(l.now())
}

// delay books a turn for r and tells how long it is until then.
func (l *limits) delay(r request) (time.Duration, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	booked := []*rate.Reservation{l.global.ReserveN(now, 1)}
	if r.repeats && l.channel != rate.Inf {
		booked = append(booked, l.poster(r.bucket).ReserveN(now, 1))
	}
	delay := l.until[r.bucket].Sub(now)
	for _, b := range booked {
		delay = max(delay, b.DelayFrom(now))
	}
	return delay, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, b := range booked {
			b.CancelAt(now)
		}
	}
}

// poster is the limiter of one channel's new messages; l.mu is held.
func (l *limits) poster(bucket string) *rate.Limiter {
	p := l.posts[bucket]
	if p == nil {
		if len(l.posts) >= maxBuckets {
			clear(l.posts)
		}
		p = rate.NewLimiter(l.channel, channelPeak)
		l.posts[bucket] = p
	}
	return p
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
