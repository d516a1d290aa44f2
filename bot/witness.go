package bot

import "context"

// Witness is a Desk that wants to hear that what an answer tells was shown to
// its person. Words that it does not hear of are told again: a platform calls
// Told once they stand there.
type Witness interface {
	Told(ctx context.Context, in Interaction)
}
