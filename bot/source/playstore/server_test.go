package playstore

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func now() time.Time { return time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC) }

// keyOf makes one key for all tests: it takes a while.
var keyOf = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// play is the Google Play Developer API as its documentation describes it, for
// one app. It refuses what the real one refuses.
type play struct {
	*sourcetest.Server

	key     *rsa.PrivateKey
	reviews []map[string]any // most recently modified last
	size    int              // most reviews of a page
	tokens  int              // given out
	lose    bool
}

const pkg = "com.example.kettle"

func newPlay(t *testing.T) *play {
	t.Helper()
	key, err := keyOf()
	if err != nil {
		t.Fatal(err)
	}
	p := &play{Server: sourcetest.NewServer(t), key: key, size: 100}
	const root = "/androidpublisher/v3/applications/" + pkg + "/reviews"
	p.Handle("POST /token", p.token)
	p.Handle("GET "+root, p.signed(sourcetest.Known(p.list, "maxResults", "token", "translationLanguage")))
	p.Handle("GET "+root+"/{id}", p.signed(sourcetest.Known(p.one, "translationLanguage")))
	p.Handle("POST "+root+"/{id}", p.signed(sourcetest.Known(p.reply)))
	return p
}

// account is the JSON key of a service account.
func (p *play) account(t *testing.T) bot.Secret {
	t.Helper()
	raw, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": sourcetest.Canary + "@example.iam", "private_key_id": "k1", "token_uri": p.URL + "/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return bot.Secret(out)
}

func google(w http.ResponseWriter, status int, word, message string) {
	sourcetest.WriteJSON(w, status, map[string]any{"error": map[string]any{"code": status, "status": word, "message": message}})
}

func (p *play) token(w http.ResponseWriter, r *http.Request) {
	part := strings.Split(r.FormValue("assertion"), ".")
	refuse := func() {
		sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
	}
	if r.FormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || len(part) != 3 || r.FormValue("client_secret") != "" {
		refuse()
		return
	}
	var claims struct {
		Iss, Scope, Aud string
		Iat, Exp        int64
	}
	raw, _ := base64.RawURLEncoding.DecodeString(part[1])
	sig, _ := base64.RawURLEncoding.DecodeString(part[2])
	sum := sha256.Sum256([]byte(part[0] + "." + part[1]))
	if json.Unmarshal(raw, &claims) != nil || claims.Scope != scope || claims.Aud != p.URL+"/token" || claims.Iat != now().Unix() || claims.Exp > claims.Iat+3600 ||
		claims.Iss != sourcetest.Canary+"@example.iam" || rsa.VerifyPKCS1v15(&p.key.PublicKey, crypto.SHA256, sum[:], sig) != nil {
		refuse()
		return
	}
	p.tokens++
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"access_token": "ya29." + strconv.Itoa(p.tokens), "expires_in": 3599, "token_type": "Bearer"})
}

func (p *play) signed(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer ya29."+strconv.Itoa(p.tokens) {
			google(w, http.StatusUnauthorized, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
			return
		}
		h(w, r)
	}
}

func (p *play) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	most, err := strconv.Atoi(q.Get("maxResults"))
	if err != nil || most < 1 || most > 100 {
		google(w, http.StatusBadRequest, "INVALID_ARGUMENT", "maxResults")
		return
	}
	from := 0
	if token := q.Get("token"); token != "" {
		if from, err = strconv.Atoi(strings.TrimPrefix(token, "page-")); err != nil {
			google(w, http.StatusBadRequest, "INVALID_ARGUMENT", "token")
			return
		}
	}
	out := map[string]any{}
	to := min(from+min(most, p.size), len(p.reviews))
	var page []any
	for i := from; i < to; i++ {
		page = append(page, p.reviews[len(p.reviews)-1-i])
	}
	if len(page) > 0 {
		out["reviews"] = page
	}
	if to < len(p.reviews) {
		out["tokenPagination"] = map[string]any{"nextPageToken": "page-" + strconv.Itoa(to)}
	}
	sourcetest.WriteJSON(w, http.StatusOK, out)
}

func (p *play) find(id string) map[string]any {
	for _, r := range p.reviews {
		if r["reviewId"] == id {
			return r
		}
	}
	return nil
}

func (p *play) one(w http.ResponseWriter, r *http.Request) {
	if rev := p.find(r.PathValue("id")); rev != nil {
		sourcetest.WriteJSON(w, http.StatusOK, rev)
		return
	}
	google(w, http.StatusNotFound, "NOT_FOUND", "Review not found.")
}

func (p *play) reply(w http.ResponseWriter, r *http.Request) {
	id, ok := strings.CutSuffix(r.PathValue("id"), ":reply")
	var in map[string]string
	if !ok || json.NewDecoder(r.Body).Decode(&in) != nil || len(in) != 1 || in["replyText"] == "" || len([]rune(in["replyText"])) > 350 {
		google(w, http.StatusBadRequest, "INVALID_ARGUMENT", "The reply text is too long.")
		return
	}
	rev := p.find(id)
	if rev == nil {
		google(w, http.StatusNotFound, "NOT_FOUND", "Review not found.")
		return
	}
	own := map[string]any{"developerComment": map[string]any{"text": in["replyText"], "lastModified": seconds(now())}}
	rev["comments"] = append(rev["comments"].([]any)[:1], own)
	if p.lose {
		sourcetest.Lost()
	}
	sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"result": map[string]any{"replyText": in["replyText"], "lastEdited": seconds(now())}})
}

func seconds(at time.Time) map[string]any {
	return map[string]any{"seconds": strconv.FormatInt(at.Unix(), 10), "nanos": 5000000}
}

func review1(id, who, said string, stars int, at time.Time) map[string]any {
	return map[string]any{"reviewId": id, "authorName": who, "comments": []any{map[string]any{"userComment": map[string]any{
		"text": said, "lastModified": seconds(at), "starRating": stars, "reviewerLanguage": "en_US", "device": "trltetmo", "androidOsVersion": 35,
		"appVersionName": "2.1", "thumbsUpCount": 3, "deviceMetadata": map[string]any{"productName": "Pixel 9"},
	}}}}
}
