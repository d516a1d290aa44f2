// Package jwt signs the short-lived tokens (RFC 7519) by which a service sees
// that we hold a private key: ES256, as App Store Connect asks for, and RS256,
// as Google does (RFC 7518).
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
	"strings"

	"earshot/bot"
)

// Key is a private key that signs tokens. It shows itself to nobody.
type Key struct {
	id  string
	ec  *ecdsa.PrivateKey
	rsa *rsa.PrivateKey
}

// Parse reads a private key in PKCS #8 or PKCS #1, as PEM: the .p8 file of App
// Store Connect, or private_key of a Google service account. An environment
// variable may hold its line ends as \n. id is the name by which the service
// knows the key ("kid"); "" leaves it out. What is no such key is an Error of
// kind ErrInvalid, which shows nothing of it.
func Parse(key bot.Secret, id string) (*Key, error) {
	raw := strings.ReplaceAll(strings.TrimSpace(key.Reveal()), `\n`, "\n")
	block, _ := pem.Decode([]byte(raw))
	if block == nil {
		return nil, bot.Errorf(bot.ErrInvalid, "The private key is not in PEM form. It begins with -----BEGIN PRIVATE KEY----- and is used as it was downloaded.")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	switch k := parsed.(type) {
	case *ecdsa.PrivateKey:
		if err == nil && k.Curve == elliptic.P256() {
			return &Key{id: id, ec: k}, nil
		}
	case *rsa.PrivateKey:
		if err == nil && k.N.BitLen() >= 2048 {
			return &Key{id: id, rsa: k}, nil
		}
	}
	return nil, bot.Errorf(bot.ErrInvalid, "The private key cannot be used: it must be one on the curve P-256, or an RSA key of 2,048 bits or more.")
}

// EC tells whether the key signs by ES256; others sign by RS256.
func (k *Key) EC() bool { return k.ec != nil }

// Sign makes a token of the claims.
func (k *Key) Sign(claims map[string]any) (string, error) {
	header := map[string]string{"alg": "RS256", "typ": "JWT"}
	if k.EC() {
		header["alg"] = "ES256"
	}
	if k.id != "" {
		header["kid"] = k.id
	}
	head, err := part(header)
	if err != nil {
		return "", err
	}
	body, err := part(claims)
	if err != nil {
		return "", err
	}
	token := head + "." + body
	sum := sha256.Sum256([]byte(token))
	var signature []byte
	if k.EC() {
		r, s, err := ecdsa.Sign(rand.Reader, k.ec, sum[:])
		if err != nil {
			return "", fmt.Errorf("sign a token: %w", err)
		}
		signature = make([]byte, 64) // r and s in 32 bytes each: RFC 7518, 3.4
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
	} else if signature, err = rsa.SignPKCS1v15(rand.Reader, k.rsa, crypto.SHA256, sum[:]); err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return token + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func part(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write a token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}
