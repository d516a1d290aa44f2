package discord

import (
	"context"
	"sync"
	"time"

	"earshot/bot"

	"crypto/ed25519"
	"encoding/hex"
	"testing"
)

// keys makes a pair for signing: the public one in hex.
func keys(t *testing.T) (string, ed25519.PrivateKey) {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatalf("make a key: %v", err)
	}
	return hex.EncodeToString(pub), key
}

// until waits for ok, which is asked every 5 ms.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !ok() {
		if ctx.Err() != nil {
			t.Fatalf("waited in vain for: %s", what)
		}
		pause(ctx, 5*time.Millisecond)
	}
}

// running runs p until the test ends, and gives what Run ends with.
func running(t *testing.T, p *Platform, desk bot.Desk) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, desk) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { stop() })
	return stop
}
