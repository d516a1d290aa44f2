package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"earshot/bot"
)

func written(t *testing.T, key any) bot.Secret {
	t.Helper()
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return bot.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

// parts takes a token apart.
func parts(t *testing.T, token string) (head, claims map[string]any, signed, signature []byte) {
	t.Helper()
	p := strings.Split(token, ".")
	if len(p) != 3 {
		t.Fatalf("the token has %d parts", len(p))
	}
	for i, into := range []*map[string]any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(p[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(p[2])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(p[0] + "." + p[1]))
	return head, claims, sum[:], signature
}

func TestES256(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := Parse(bot.Secret(strings.ReplaceAll(string(written(t, private)), "\n", `\n`)), "ABC123")
	if err != nil || !k.EC() {
		t.Fatalf("read as %v, %v", k, err)
	}
	for range 40 { // r and s that begin with a zero are padded
		token, err := k.Sign(map[string]any{"iss": "us", "exp": 12})
		if err != nil {
			t.Fatal(err)
		}
		head, claims, sum, sig := parts(t, token)
		if head["alg"] != "ES256" || head["kid"] != "ABC123" || claims["iss"] != "us" || claims["exp"] != 12.0 {
			t.Fatalf("the token says %v %v", head, claims)
		}
		if len(sig) != 64 || !ecdsa.Verify(&private.PublicKey, sum, new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
			t.Fatal("the signature is not right")
		}
	}
}

func TestRS256(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	old := bot.Secret(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}))
	for _, form := range []bot.Secret{written(t, private), old} {
		k, err := Parse(form, "")
		if err != nil || k.EC() {
			t.Fatalf("read as %v, %v", k, err)
		}
		token, err := k.Sign(map[string]any{"aud": "them"})
		if err != nil {
			t.Fatal(err)
		}
		head, _, sum, sig := parts(t, token)
		if _, named := head["kid"]; head["alg"] != "RS256" || named || rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, sum, sig) != nil {
			t.Errorf("the token with %v is not right", head)
		}
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("a-secret")})
	for name, key := range map[string]bot.Secret{"nothing": "", "no PEM": "a-secret", "another curve": written(t, curve), "no key": bot.Secret(short)} {
		_, err := Parse(key, "")
		if bot.KindOf(err) != bot.ErrInvalid || strings.Contains(fmt.Sprint(err), "a-secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, key string) {
		if k, err := Parse(bot.Secret(key), "x"); err == nil {
			if _, err := k.Sign(nil); err != nil {
				t.Fatal(err)
			}
		} else if bot.KindOf(err) != bot.ErrInvalid {
			t.Fatal(err)
		}
	})
}
