package listen

import (
	"context"
	"fmt"

	"earshot/bot"
)

// tellRations tells once of each ration that is nearly spent, and that it is
// whole again. What a run before this one told is settled by asking once.
func (w *worker) tellRations(ctx context.Context) {
	src, ok := w.entry.Source.(bot.Rationed)
	if !ok {
		return
	}
	ctx, cancel := w.brief(ctx)
	defer cancel()
	for _, r := range src.Rations() {
		told, known := w.rations[r.What]
		key := "source:" + w.entry.Name + ":ration:" + r.What
		switch nearly := r.Nearly(); {
		case known && told == nearly:
		case nearly:
			n := bot.Notice{Key: key, Mend: r.Mend, At: w.r.set.Now().UTC(), Text: fmt.Sprintf("The source %s has used up nearly all of what it may: of %d %s, %d are left until %s.",
				w.entry.Name, r.Of, r.What, max(r.Left, 0), r.Until.UTC().Format("Mon 2 Jan 15:04 MST"))}
			if w.notify(ctx, n) {
				w.rations[r.What] = true
			}
		case w.mended(ctx, key):
			w.rations[r.What] = false
		}
	}
}
