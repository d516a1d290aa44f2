package store

import (
	"context"
	"testing"

	"earshot/bot"
	"earshot/store/storetest"
)

// opener opens a store for a test: an empty one, unless the options name one
// that is there.
type opener func(t testing.TB, change ...func(*Options)) *Store

// onBoth runs a test on each engine.
func onBoth(t *testing.T, test func(*testing.T, opener)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, open) })
	t.Run("postgres", func(t *testing.T) { test(t, openOnPostgres) })
}

// openOnPostgres makes a store in a database of the test's own.
func openOnPostgres(t testing.TB, change ...func(*Options)) *Store {
	t.Helper()
	probe := Options{}
	for _, c := range change {
		c(&probe)
	}
	if probe.URL == "" {
		url := emptyStore(t)
		change = append([]func(*Options){func(o *Options) { o.URL = url }}, change...)
	}
	return open(t, change...)
}

// emptyStore is the URL of a database with our tables in it.
func emptyStore(t testing.TB) bot.Secret {
	t.Helper()
	return bot.Secret(storetest.Postgres(t).Filled(t, func(url string) error {
		s, err := Open(context.Background(), Options{URL: bot.Secret(url)})
		if err != nil {
			return err
		}
		return s.Close()
	}))
}

// same has a store opened once more.
func same(s *Store) func(*Options) {
	return func(o *Options) {
		o.Path = s.path
		if s.server != nil {
			o.URL = bot.Secret(s.server.config.ConnString())
		}
	}
}
