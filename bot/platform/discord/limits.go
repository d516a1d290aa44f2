package discord

import "time"

// Limits of a message. Components: docs.discord.com/developers/components/reference;
// messages: docs.discord.com/developers/resources/message.
const (
	maxText        = 4000 // characters of all text displays of a message together
	maxComponents  = 40   // of a message, nested ones counted
	maxRows        = 5    // action rows: the limit of older clients, which more would break
	maxRowButtons  = 5    // buttons of one action row
	maxOptions     = 25   // of a select or an autocomplete answer
	maxCustomID    = 100
	maxButtonLabel = 80
	maxButtonURL   = 512
	maxMediaURL    = 2048
	maxOptionText  = 100  // label, value and description of an option, each
	maxPlaceholder = 150  // of a select
	maxAltText     = 1024 // description of a picture
	maxFiles       = 10   // attachments of a message
	maxNonce       = 25

	// maxUpload is the least that every server takes, in bytes, for all files of
	// a message (docs.discord.com/developers/reference#uploading-files).
	maxUpload = 10 << 20
)

// Limits of a modal: docs.discord.com/developers/interactions/receiving-and-responding
// and the components reference.
const (
	maxModalTitle = 45
	maxModalParts = 5 // top-level components: the intro is one of them
	maxModalIntro = 3000
	maxLabel      = 45
	maxHint       = 100 // a label's description
	maxInput      = 4000
)

// Times that Discord sets: docs.discord.com/developers/interactions/receiving-and-responding.
const (
	// tokenLife is how long an interaction can be answered.
	tokenLife = 15 * time.Minute
	// firstResponse is how long Discord waits for the first one.
	firstResponse = 3 * time.Second
	// answerWithin is how long the desk has until its work is acknowledged as
	// under way. With the way there and back it stays below a second, because a click always answers at once;
	// only a modal needs the answer itself by then, and opens by a button if not.
	answerWithin = 500 * time.Millisecond
	// maxSkew is how old or early a signed request may be, so that a copy of one
	// is worth nothing later.
	maxSkew = 5 * time.Minute
	// maxBody is the largest interaction that is read, in bytes: a modal of five
	// full inputs is below 100 kB.
	maxBody = 1 << 20
)

// Rates: docs.discord.com/developers/topics/rate-limits. What a channel takes
// is told by headers; five in five seconds is what they have said for years.
const (
	globalRate  = 50 // requests a second
	channelPeak = 5  // new messages in a channel at once
	// channelEvery is the time between two of them, on average.
	channelEvery = time.Second
	// maxWait is how long a call waits for its turn before it is given back as
	// rate limited.
	maxWait = 2500 * time.Millisecond
)

// Flags of a message: docs.discord.com/developers/resources/message#message-object-message-flags.
const (
	flagEphemeral   = 1 << 6
	flagSilent      = 1 << 12 // SUPPRESS_NOTIFICATIONS
	flagComponents  = 1 << 15 // IS_COMPONENTS_V2
	archiveAfterMin = 10080   // minutes until a quiet thread is folded away: a week, the most there is
)
