package bot

import (
	"errors"
	"fmt"
	"time"
)

// ErrorKind sorts errors by what can be done about them.
type ErrorKind string

// The kinds of error.
const (
	ErrInvalid      ErrorKind = "invalid"      // the input is wrong; the message says how to mend it
	ErrNotFound     ErrorKind = "not_found"    // there is no such thing
	ErrForbidden    ErrorKind = "forbidden"    // this person's role does not allow it
	ErrStale        ErrorKind = "stale"        // the case has moved on since the button was drawn
	ErrUnauthorized ErrorKind = "unauthorized" // a credential is wrong, revoked or lacks a scope
	ErrGone         ErrorKind = "gone"         // the channel, post or mention is no longer there
	ErrRateLimited  ErrorKind = "rate_limited" // wait RetryAfter, then try again
	ErrUnavailable  ErrorKind = "unavailable"  // the other side is down; nothing happened there
	ErrUncertain    ErrorKind = "uncertain"    // it may have happened: look before trying again
	ErrUnsupported  ErrorKind = "unsupported"  // this source or platform has no way to do it
	ErrInternal     ErrorKind = "internal"     // our own fault
)

// Error is an error that a person will see. Msg says what happened and what to
// do, in plain words; Err is for the log and is never shown.
type Error struct {
	Kind       ErrorKind
	Msg        string
	RetryAfter time.Duration // for ErrRateLimited and ErrUnavailable; 0 means not told
	Channel    bool          // ErrGone: the whole channel cannot be reached, not a message alone
	Err        error
}

// Error is the text for the log: the message and its cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Msg
	}
	return e.Msg + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error without a cause.
func Errorf(kind ErrorKind, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// KindOf is the kind of the first Error in err's chain; ErrInternal for any
// other error, and "" for nil.
func KindOf(err error) ErrorKind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ErrInternal
}

// NoChannel tells whether err is that a whole channel cannot be reached: it was
// archived or deleted, or we are not let in.
func NoChannel(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == ErrGone && e.Channel
}

// Told is what a person may be shown of err: the message of an Error, else a
// sentence that gives nothing of the inside away.
func Told(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Msg
	}
	return "That did not work, and it is our fault. It has been logged; please try again."
}
