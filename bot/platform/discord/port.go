package discord

import (
	"context"
	"strconv"
)

// request is one call of Discord's HTTP API.
type request struct {
	method string
	path   string // below the version: "/channels/1/messages"
	bucket string // what shares a rate limit with it
	body   any    // sent as JSON; nil for none
	files  []file // sent beside body
	// repeats tells that doing it twice would show: a failure after it was sent
	// is ErrUncertain.
	repeats bool
	// about is what it is about, for the words of an error: "the channel #support".
	about string
}

// caller is Discord's HTTP API as the rest of the package sees it. It fails
// with a *bot.Error. into may be nil.
type caller interface {
	call(ctx context.Context, r request, into any) error
}

func itoa(n int) string { return strconv.Itoa(n) }
