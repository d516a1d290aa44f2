package slack

import (
	"strings"
	"time"
	"unicode/utf16"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"earshot/bot/text"
)

// Slack's limits. Texts are counted in UTF-16 units, the strictest way that
// "characters" can be read.
const (
	maxBlocks      = 50    // of a message; docs.slack.dev/reference/block-kit/blocks
	maxModalBlocks = 100   // of a modal; docs.slack.dev/reference/views/modal-views
	maxSection     = 3000  // docs.slack.dev/reference/block-kit/blocks/section-block
	maxHeader      = 150   // docs.slack.dev/reference/block-kit/blocks/header-block
	maxActions     = 25    // elements; docs.slack.dev/reference/block-kit/blocks/actions-block
	maxContextText = 2000  // ours: a quiet line that is longer is not quiet
	maxAlt         = 2000  // docs.slack.dev/reference/block-kit/blocks/image-block
	maxImageURL    = 3000  // same page
	maxButton      = 75    // docs.slack.dev/reference/block-kit/block-elements/button-element
	maxButtonURL   = 3000  // same page
	maxOptions     = 100   // docs.slack.dev/reference/block-kit/block-elements/select-menu-element
	maxOverflow    = 5     // docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
	maxOption      = 75    // text; docs.slack.dev/reference/block-kit/composition-objects/option-object
	maxOptionValue = 150   // same page
	maxPlaceholder = 150   // docs.slack.dev/reference/block-kit/block-elements/select-menu-element
	maxConfirm     = 300   // text; docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
	maxConfirmYes  = 30    // confirm and deny; same page
	maxTitle       = 24    // title, submit, close; docs.slack.dev/reference/views/modal-views
	maxLabel       = 2000  // label and hint; docs.slack.dev/reference/block-kit/blocks/input-block
	maxInput       = 3000  // docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
	maxMetadata    = 3000  // private_metadata; docs.slack.dev/reference/views/modal-views
	maxAll         = 12000 // of all blocks together; above about 13,000 chat.postMessage answers msg_blocks_too_long
	maxLabels      = 6000  // ours: of maxAll, what buttons and menus may take
	maxNotice      = 300   // ours: a phone shows less; text may have 4,000 (docs.slack.dev/reference/methods/chat.postMessage)

	// A response_url takes five answers in thirty minutes
	// (docs.slack.dev/interactivity/handling-user-interaction).
	responseUses = 5
	responseFor  = 30 * time.Minute

	// A view submission must be answered in 3 s (same page); we answer in less
	// than one, so that a slow line to Slack does not make it late.
	submitWithin = 600 * time.Millisecond
	// An acknowledgement that cannot be sent in this time is given up: Slack
	// delivers again.
	ackWithin = 2 * time.Second
	// Work on one interaction is given up after this time.
	workWithin = 60 * time.Second
	// What is under way when Run is told to end has this long.
	drainWithin = 15 * time.Second
)

// size counts s as Slack does.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// fit cuts s so that cost of what is left is at most n: whole graphemes, and a
// cut shows.
func fit(s string, n int, cost func(string) int) string {
	if cost(s) <= n {
		return s
	}
	left, end := n-1, 0 // one for the ellipsis
	for g := graphemes.FromString(s); g.Next(); end = g.End() {
		left -= cost(g.Value())
		if left < 0 {
			break
		}
	}
	return strings.TrimRight(s[:end], " \n\t") + "…"
}

// cut makes one line of plain text, at most n long.
func cut(s string, n int) string { return fit(text.OneLine(s), n, size) }

// orElse is s, or other where s is empty.
func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
