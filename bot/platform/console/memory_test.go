package console

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"earshot/bot"
)

// memory is a Messages that keeps them in a map, and fails when told.
type memory struct {
	mu   sync.Mutex
	last int64
	all  map[int64]bot.StoredMessage
	fail fault
}

// fault is how the next save fails.
type fault int

const (
	none  fault = iota
	lost        // it is saved, and the answer is an error
	gone        // it was deleted
	broke       // reading fails too
)

func newMemory() *memory { return &memory{all: map[int64]bot.StoredMessage{}} }

var errBroken = errors.New("disk I/O error")

func (m *memory) failNext(f fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = f
}

func (m *memory) SaveMessage(_ context.Context, s bot.StoredMessage) (bot.StoredMessage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.fail
	m.fail = none
	switch f {
	case gone:
		return s, bot.Errorf(bot.ErrGone, "That message is not there (any more).")
	case broke:
		return s, errBroken
	}
	if s.ID == 0 {
		for _, old := range m.all {
			if old.Key == s.Key {
				return old, nil
			}
		}
		m.last++
		s.ID = m.last
	}
	m.all[s.ID] = s
	if f == lost {
		return s, errBroken
	}
	return s, nil
}

func (m *memory) Message(_ context.Context, id int64) (bot.StoredMessage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.all[id]; ok {
		return s, nil
	}
	return bot.StoredMessage{}, bot.Errorf(bot.ErrGone, "That message is not there (any more).")
}

func (m *memory) MessageByKey(_ context.Context, key string) (bot.StoredMessage, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.all {
		if s.Key == key {
			return s, true, nil
		}
	}
	return bot.StoredMessage{}, false, nil
}

func (m *memory) Messages(_ context.Context, channel string, before int64, limit int) ([]bot.StoredMessage, error) {
	all := m.list(func(s bot.StoredMessage) bool {
		return s.Channel == channel && s.Thread == 0 && (before == 0 || s.ID < before)
	})
	return all[max(0, len(all)-limit):], nil
}

func (m *memory) ThreadMessages(_ context.Context, root int64) ([]bot.StoredMessage, error) {
	return m.list(func(s bot.StoredMessage) bool { return s.Thread == root }), nil
}

func (m *memory) MessageChannels(context.Context) ([]bot.Count, error) {
	counts := map[string]int{}
	for _, s := range m.list(func(s bot.StoredMessage) bool { return s.Thread == 0 }) {
		counts[s.Channel]++
	}
	var out []bot.Count
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, bot.Count{Name: name, N: counts[name]})
	}
	return out, nil
}

func (m *memory) list(keep func(bot.StoredMessage) bool) []bot.StoredMessage {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []bot.StoredMessage
	for _, id := range slices.Sorted(maps.Keys(m.all)) {
		if keep(m.all[id]) {
			out = append(out, m.all[id])
		}
	}
	return out
}
