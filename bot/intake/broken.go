package intake

import (
	"fmt"
	"runtime/debug"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// mostRaw is how many bytes of a mention a dead letter keeps, as of any other.
const mostRaw = 2000

// readSafely is readOne for what strangers wrote: words that break the reading
// are a dead letter. Else they would end the process, and again after every
// start, for the cursor would stay before them.
func (in *Intake) readSafely(m bot.Mention, state bot.SourceState, now time.Time) (h bot.Heard, keep bool, letters []bot.Rejected) {
	defer func() {
		if broke := recover(); broke != nil {
			in.s.Log.Error("a mention could not be read", "source", state.Name, "id", m.ExternalID, "panic", fmt.Sprint(broke), "stack", string(debug.Stack()))
			h, keep = bot.Heard{}, false
			letters = []bot.Rejected{{Where: m.ExternalID, Raw: text.CutBytes(m.Text, mostRaw),
				Reason: "Earshot broke down over its words, which is our fault. Please report it; the others are read."}}
		}
	}()
	h, keep = in.readOne(m, state, now)
	return h, keep, nil
}
