package appstore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

// connect is the App Store Connect API as its documentation describes it, for
// one app. It refuses what the real one refuses.
type connect struct {
	*sourcetest.Server

	key       *ecdsa.PrivateKey
	reviews   []map[string]any // oldest first
	responses map[string]map[string]any
	size      int    // most reviews of a page, when not what is asked for
	left      string // X-Rate-Limit
	elsewhere bool   // links.next points to another host
	lose      bool
}

const app = "682658836"

func newConnect(t *testing.T) *connect {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &connect{Server: sourcetest.NewServer(t), key: key, responses: map[string]map[string]any{}, size: 200}
	c.Handle("GET /v1/apps/"+app+"/customerReviews", c.signed(sourcetest.Known(c.list, "sort", "limit", "include", "cursor")))
	c.Handle("GET /v1/customerReviews/{id}", c.signed(c.one))
	c.Handle("GET /v1/customerReviews/{id}/response", c.signed(c.response))
	c.Handle("GET /v1/customerReviewResponses/{id}", c.signed(c.response))
	c.Handle("POST /v1/customerReviewResponses", c.signed(c.respond))
	return c
}

func (c *connect) pem(t *testing.T) bot.Secret {
	t.Helper()
	raw, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		t.Fatal(err)
	}
	return bot.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

func apple(w http.ResponseWriter, status int, code, detail string) {
	sourcetest.WriteJSON(w, status, map[string]any{"errors": []any{map[string]any{"status": strconv.Itoa(status), "code": code, "title": code, "detail": detail}}})
}

// signed lets only requests through whose token is what Apple asks for.
func (c *connect) signed(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c.left != "" {
			w.Header().Set("X-Rate-Limit", c.left)
		}
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if why := c.judge(token); why != "" {
			apple(w, http.StatusUnauthorized, "NOT_AUTHORIZED", why)
			return
		}
		h(w, r)
	}
}

func (c *connect) judge(token string) string {
	p := strings.Split(token, ".")
	if len(p) != 3 {
		return "no token"
	}
	var head struct{ Alg, Kid, Typ string }
	var claims struct {
		Iss, Aud, Sub string
		Iat, Exp      int64
	}
	for i, into := range []any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(p[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			return "unreadable"
		}
	}
	sig, err := base64.RawURLEncoding.DecodeString(p[2])
	sum := sha256.Sum256([]byte(p[0] + "." + p[1]))
	switch {
	case head.Alg != "ES256" || head.Kid != "ABC123DEFG" || head.Typ != "JWT":
		return "header"
	case claims.Aud != "appstoreconnect-v1" || (claims.Iss == "") == (claims.Sub == "") || claims.Sub != "" && claims.Sub != "user":
		return "claims"
	case claims.Exp <= now().Unix() || claims.Exp-now().Unix() > 20*60 || claims.Iat > now().Unix():
		return "time"
	case err != nil || len(sig) != 64 || !ecdsa.Verify(&c.key.PublicKey, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])):
		return "signature"
	}
	return ""
}

func (c *connect) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > 200 || q.Get("sort") != "-createdDate" && limit > 1 {
		apple(w, http.StatusBadRequest, "PARAMETER_ERROR.INVALID", "limit")
		return
	}
	start, err := strconv.Atoi(q.Get("cursor"))
	if err != nil && q.Get("cursor") != "" || start > len(c.reviews) {
		apple(w, http.StatusBadRequest, "PARAMETER_ERROR.INVALID", "cursor")
		return
	}
	end := min(start+min(limit, c.size), len(c.reviews))
	data, included := []any{}, []any{}
	for i := start; i < end; i++ {
		rev := c.reviews[len(c.reviews)-1-i]
		data = append(data, rev)
		if a, ok := c.responses[fmt.Sprint(rev["id"])]; ok && q.Get("include") == "response" {
			rev["relationships"] = map[string]any{"response": map[string]any{"data": map[string]any{"type": "customerReviewResponses", "id": a["id"]}}}
			included = append(included, a)
		}
	}
	links := map[string]any{"self": c.URL}
	if end < len(c.reviews) {
		q.Set("cursor", strconv.Itoa(end))
		links["next"] = c.URL + r.URL.Path + "?" + q.Encode()
		if c.elsewhere {
			links["next"] = "https://evil.example/steal?" + q.Encode()
		}
	}
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"data": data, "included": included, "links": links})
}

func (c *connect) one(w http.ResponseWriter, r *http.Request) {
	for _, rev := range c.reviews {
		if rev["id"] == r.PathValue("id") {
			sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"data": rev})
			return
		}
	}
	apple(w, http.StatusNotFound, "NOT_FOUND", "There is no resource of type 'customerReviews'")
}

func (c *connect) response(w http.ResponseWriter, r *http.Request) {
	for review, a := range c.responses {
		if review == r.PathValue("id") || a["id"] == r.PathValue("id") {
			sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"data": a})
			return
		}
	}
	apple(w, http.StatusNotFound, "NOT_FOUND", "There is no resource of type 'customerReviewResponses'")
}

func (c *connect) respond(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Data struct {
			Type          string
			Attributes    struct{ ResponseBody string }
			Relationships struct {
				Review struct {
					Data struct{ Type, ID string }
				}
			}
		}
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Data.Type != "customerReviewResponses" || in.Data.Relationships.Review.Data.Type != "customerReviews" {
		apple(w, http.StatusUnprocessableEntity, "ENTITY_INVALID", "JSON processing failed")
		return
	}
	body, id := in.Data.Attributes.ResponseBody, in.Data.Relationships.Review.Data.ID
	if body == "" || len([]rune(body)) > answerLimit {
		apple(w, http.StatusConflict, "ENTITY_ERROR.ATTRIBUTE.INVALID.TOO_LONG", "The response is too long.")
		return
	}
	found := false
	for _, rev := range c.reviews {
		found = found || rev["id"] == id
	}
	if !found {
		apple(w, http.StatusNotFound, "NOT_FOUND", "There is no resource of type 'customerReviews'")
		return
	}
	c.responses[id] = answer1("resp-"+id, body, "PENDING_PUBLISH")
	if c.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, http.StatusCreated, map[string]any{"data": c.responses[id]})
}

func answer1(id, body, state string) map[string]any {
	return map[string]any{"type": "customerReviewResponses", "id": id, "attributes": map[string]any{
		"responseBody": body, "lastModifiedDate": now().Add(-time.Minute).Format(time.RFC3339), "state": state,
	}}
}

func review1(id, title, body string, stars int, at time.Time) map[string]any {
	return map[string]any{"type": "customerReviews", "id": id, "attributes": map[string]any{
		"rating": stars, "title": title, "body": body, "reviewerNickname": "Anne " + id, "createdDate": at.In(time.FixedZone("", -7*3600)).Format(time.RFC3339), "territory": "USA",
	}}
}
