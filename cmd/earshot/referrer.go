package main

import (
	"fmt"
	"slices"

	"earshot/bot"
	"earshot/bot/listen"
)

// referred tells of sources that name another one to answer in their place,
// which is not there or cannot.
func referred(all []listen.Entry) (errs []error) {
	for _, e := range all {
		r, ok := e.Source.(bot.Referrer)
		if !ok || r.AnswersBy() == "" {
			continue
		}
		if !slices.ContainsFunc(all, func(o listen.Entry) bool {
			_, answers := o.Source.(bot.Answerer)
			return answers && o.Name == r.AnswersBy()
		}) {
			errs = append(errs, fmt.Errorf("source %q: %w", e.Name, bot.Errorf(bot.ErrInvalid, "There is no source %q that can answer. Name a source of the kind email in reply_by.", r.AnswersBy())))
		}
	}
	return errs
}
