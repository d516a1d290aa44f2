package webhook

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // SurveyMonkey signs with it; HMAC-SHA1 is not broken (RFC 6151)
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"net/url"
	"strings"
)

// signed tells, in constant time, whether sum is the HMAC of body.
func signed(make func() hash.Hash, secret string, body, sum []byte) bool {
	h := hmac.New(make, []byte(secret))
	h.Write(body)
	return hmac.Equal(h.Sum(nil), sum)
}

// wrongSignature is told to whoever sends what is not signed rightly.
const wrongSignature = "The signature is not right. Check that secret is the one of the service."

// typeformSigned: "sha256=" and the base64 of the HMAC-SHA256 of the body
// (typeform.com/developers/webhooks/secure-your-webhooks). It carries no time;
// a request that comes again has the same token, and is the same mention.
func typeformSigned(s *Source, h http.Header, body []byte) string {
	given, ok := strings.CutPrefix(h.Get("Typeform-Signature"), "sha256=")
	sum, err := base64.StdEncoding.DecodeString(given)
	if !ok || err != nil || !signed(sha256.New, s.set.Secret.Reveal(), body, sum) {
		return wrongSignature
	}
	return ""
}

// surveymonkeySigned: the base64 of the HMAC-SHA1 of the body, with the key
// "client id&client secret" (api.surveymonkey.com/v3/docs#webhook-callbacks).
func surveymonkeySigned(s *Source, h http.Header, body []byte) string {
	sum, err := base64.StdEncoding.DecodeString(h.Get("Sm-Signature"))
	if err != nil || !signed(sha1.New, s.set.APIKey+"&"+s.set.Secret.Reveal(), body, sum) {
		return wrongSignature
	}
	return ""
}

// delightedSigned: "sha256=" and the HMAC-SHA256 of the body in hexadecimal,
// with the API key (app.delighted.com/docs/api/webhooks).
func delightedSigned(s *Source, h http.Header, body []byte) string {
	given, ok := strings.CutPrefix(h.Get("X-Delighted-Webhook-Signature"), "sha256=")
	sum, err := hex.DecodeString(given)
	if !ok || err != nil || !signed(sha256.New, s.set.Secret.Reveal(), body, sum) {
		return wrongSignature
	}
	return ""
}

// qualtricsSigned: a form whose field HMAC is the HMAC-SHA512 of its field MSG
// in hexadecimal, with the sharedKey of the event subscription
// (api.qualtrics.com/9c31e43fef682-create-subscription).
func qualtricsSigned(s *Source, _ http.Header, body []byte) string {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "It is not a form."
	}
	sum, err := hex.DecodeString(form.Get("HMAC"))
	if err != nil || form.Get("MSG") == "" || !signed(sha512.New, s.set.Secret.Reveal(), []byte(form.Get("MSG")), sum) {
		return wrongSignature + " The event subscription must be made with that sharedKey, and without encrypt."
	}
	return ""
}
