package listen

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/text"
)

// When what cannot be read is no longer one odd item, but a service that sends
// a field in another form: of the last items, at least so many, and at least
// half of all.
const (
	formItems = 20
	formLeast = 5
)

// form counts what could not be read of the last items of a source. It is
// guarded by the worker's slot.
type form struct {
	read, broken int
	told         bool
	asked        bool // whether a run before this one had told it
}

// take counts a batch; it tells whether the form of the items is wrong now,
// and whether that has just been seen to be mended.
func (f *form) take(b bot.Batch) (wrong, mended bool) {
	n := len(b.Mentions) + len(b.Rejected)
	if n == 0 {
		return false, false
	}
	if f.read >= formItems {
		f.read, f.broken = f.read/2, f.broken/2 // what was before counts less
	}
	f.read, f.broken = f.read+n, f.broken+len(b.Rejected)
	wrong = f.broken >= formLeast && 2*f.broken >= f.read
	if len(b.Rejected) == 0 {
		wrong, mended = false, true
		f.read, f.broken = 0, 0
	}
	return wrong, mended
}

func (w *worker) formKey() string { return "source:" + w.entry.Name + ":form" }

// tellForm tells once that a service sends what cannot be read, and once that
// it can be read again. The caller holds the slot.
func (w *worker) tellForm(ctx context.Context, b bot.Batch) {
	wrong, mended := w.form.take(b)
	ctx, cancel := w.brief(ctx)
	defer cancel()
	switch {
	case wrong && !w.form.told:
		last := b.Rejected[len(b.Rejected)-1]
		w.form.told = w.notify(ctx, bot.Notice{
			Key: w.formKey(), At: w.r.set.Now().UTC(),
			Text: fmt.Sprintf("Of the last %d items of the source %s, %d could not be read: the service sends a field in another form. The last: %s",
				w.form.read, w.entry.Name, w.form.broken, text.Cut(text.OneLine(last.Reason), maxErrorRunes)),
			Mend: "What could not be read is kept: /voc rejected shows it. Look whether there is a newer Earshot, or correct the mapping in the configuration.",
		})
	case mended && (w.form.told || !w.form.asked):
		w.form.asked = w.mended(ctx, w.formKey())
		w.form.told = w.form.told && !w.form.asked
	}
}
