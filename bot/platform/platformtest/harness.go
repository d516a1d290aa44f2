// Package platformtest is the suite that every bot.Platform passes: what
// stands in a channel after a post, that nothing is doubled, that every click
// is answered in time, that forms keep what was typed, and that hostile text
// stays text. A platform's test builds a Harness around a fake of its service
// and calls Run.
package platformtest

import (
	"context"
	"testing"
	"time"

	"earshot/bot"
)

// New builds a platform and the fake service behind it, both fresh. It cleans
// up with t.Cleanup: server closed, idle connections of the client closed, so
// that no goroutine stays.
type New func(t *testing.T) *Harness

// Harness is a platform under test and the hands that work the fake service
// behind it. Functions marked "or nil" are nil where the platform has no such
// thing; the checks that need them are then not run.
type Harness struct {
	Platform bot.Platform
	Channel  string       // where it may post, as the configuration names it
	People   []bot.Person // at least two that the service knows

	// Ready returns once Run has connected and what people do would reach it.
	Ready func(ctx context.Context) error
	// Restart makes a fresh Platform before the same service, as after a crash:
	// Run of the old one has ended. It replaces Platform.
	Restart func()

	// Channels of what can be read. Seen lists what stands in the channel, or,
	// where at.ID is set, in the thread below that message (without the root);
	// oldest first. Private lists what this person alone was shown, messages
	// that took another's place only as they are now.
	Seen    func(at bot.MessageRef) []Seen
	Private func(by bot.Person) []Seen
	// Form is the form that lies open before a person; false for none.
	Form func(by bot.Person) (Shown, bool)

	// What people do. Each returns when the platform has acknowledged it, or
	// after three seconds with Ack.OK false.
	Press     func(by bot.Person, on Seen, label string) Ack             // a button
	Choose    func(by bot.Person, on Seen, menu, option string) Ack      // an entry of a menu
	Submit    func(by bot.Person, values map[string]string) Ack          // the open form; by field name
	Back      func(by bot.Person) Ack                                    // the Back button of the open form
	Command   func(by bot.Person, text string) Ack                       // "/voc " + text, in Channel
	Share     func(by bot.Person, text string) Ack                       // or nil: "Make this a case" on a customer's message with this text
	Mention   func(by bot.Person, below bot.MessageRef, text string) Ack // or nil: "@earshot " + text in the thread of a card
	Complete  func(by bot.Person, line string) []string                  // or nil: completions (labels) offered for "/voc " + line
	Redeliver func() Ack                                                 // or nil: the service delivers the last act again

	// Customers talk, or nil: Say puts a message of somebody else into a customer
	// channel and gives its id; Rewrite edits it; Remove deletes it.
	Say     func(author, text string) (id string)
	Rewrite func(id, text string)
	Remove  func(id string)

	// FailNext makes the next call that writes to a channel fail; or nil.
	FailNext func(f Fault)
	// QuietPhone tells that a silent message shows nothing on a phone, so that
	// its notice stands nowhere.
	QuietPhone bool
	// Faults lists what FailNext can do.
	Faults []Fault
	// Revoke makes the service refuse the credentials from now on; or nil.
	Revoke func()
}

// Seen is a message as a person reads it, with the service's markup undone.
type Seen struct {
	Ref     bot.MessageRef
	Text    string              // all words of it in order, a line a block; images by their alt text
	Notice  string              // what a phone shows
	Buttons []string            // labels in order, those in menus not included
	Menus   map[string][]string // label to the options' labels
	Pings   []string            // ids of people, groups and rooms that it wakes
	Loud    bool                // makes a noise
	Images  int                 // pictures, thumbnails included
	Links   []string            // addresses that a word or button leads to
	Private bool                // only one person sees it
	Handle  any                 // the harness's own, to find it again
}

// Shown is a form as it lies before a person.
type Shown struct {
	Title  string
	Intro  string // all its words, a line a block
	Fields []ShownField
	Submit string
	Back   string            // label; empty without one
	Errors map[string]string // by field name
}

// ShownField is one field of a form.
type ShownField struct {
	Name, Label, Value string
	Options            []string // labels
	Max                int
	Optional           bool
}

// Ack tells when the platform acknowledged what a person did.
type Ack struct {
	OK bool
	At time.Time
}

// Fault is a way for a call to fail.
type Fault string

// The faults.
const (
	RateLimited Fault = "rate limited, wait 2 s" // and nothing happened
	Broken      Fault = "server error"           // and nothing happened
	Refused     Fault = "connection refused"     // nothing was sent
	Lost        Fault = "done, answer lost"      // it happened, and the connection broke before the answer
	Revoked     Fault = "token revoked"
	Archived    Fault = "channel archived"
	Deleted     Fault = "message deleted" // for Edit
)

// RetryAfter is how long RateLimited says to wait.
const RetryAfter = 2 * time.Second
