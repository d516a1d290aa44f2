package main

import (
	"sync"

	"earshot/bot"
	"earshot/bot/analyze/match"
	"earshot/bot/analyze/token"
)

// matcher gives the sources that are told of far more than is listened for
// what decides it: the watches, as the analysis matches them. They are compiled
// once, when a source first asks.
func matcher(watches []bot.Watch) func(source string) func(said string) bool {
	compiled := sync.OnceValue(func() *match.Watches {
		w, err := match.NewWatches(watches)
		if err != nil {
			return nil // the configuration was checked: this does not happen
		}
		return w
	})
	return func(source string) func(said string) bool {
		var read token.Text
		var scratch match.Scratch
		return func(said string) bool {
			if compiled() == nil {
				return false
			}
			read.Read(said)
			return len(compiled().Match(&read, source, &scratch)) > 0
		}
	}
}
