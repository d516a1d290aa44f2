package discord

import (
	"crypto/rand"
	"sync"
	"time"

	"earshot/bot"
)

const (
	// maxKept bounds the forms that are kept: a form is at most 20 kB.
	maxKept = 1000
	// keptFor is how long a form is kept: long enough to write an answer.
	keptFor = time.Hour
)

// keeper keeps forms for the moments when Discord cannot open them: what was
// typed is in there, and a custom_id is too small for it. It is memory only: a
// form that is not here any more is told as such, with the text in the message.
type keeper struct {
	now   func() time.Time
	mu    sync.Mutex
	forms map[string]kept
	order []string
}

type kept struct {
	form bot.Form
	by   string
	at   time.Time
}

func newKeeper(now func() time.Time) *keeper {
	return &keeper{now: now, forms: map[string]kept{}}
}

// put keeps a form for a person under a key that nobody guesses.
func (k *keeper) put(by string, form bot.Form) (key string) {
	key = rand.Text()
	k.set(key, by, form)
	return key
}

// opened notes which form a person has before them, so that it can be opened
// again with what they typed.
func (k *keeper) opened(by string, form bot.Form) { k.set(openKey(by, form.Action), by, form) }

// lastOpened is the form that a person submitted with this action.
func (k *keeper) lastOpened(by string, action bot.ActionID) (bot.Form, bool) {
	return k.get(openKey(by, action), by)
}

func openKey(by string, action bot.ActionID) string { return by + " " + action.String() }

func (k *keeper) set(key, by string, form bot.Form) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.forms[key]; !ok {
		k.order = append(k.order, key)
	}
	k.forms[key] = kept{form: form, by: by, at: k.now()}
	for len(k.order) > maxKept {
		delete(k.forms, k.order[0])
		k.order = k.order[1:]
	}
}

// get gives a form that is kept for this person.
func (k *keeper) get(key, by string) (bot.Form, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, ok := k.forms[key]
	if !ok || f.by != by || k.now().Sub(f.at) > keptFor {
		return bot.Form{}, false
	}
	return f.form, true
}
