package discord

import (
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
