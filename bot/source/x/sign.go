package x

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
)

// keys are those of OAuth 1.0a (RFC 5849). X's tokens of OAuth 2.0 that may
// write end after two hours, and the refresh token is replaced with each use,
// which would have to be stored; these do not end.
type keys struct {
	key, secret           bot.Secret // of the app
	token, secretOfAccess bot.Secret // of the account
}

// sign adds the Authorization of RFC 5849, 3.1, with HMAC-SHA1, which is the
// method that X asks for. Bodies of JSON are not part of it.
func (k keys) sign(req *http.Request, nonce string, now time.Time) {
	oauth := map[string]string{
		"oauth_consumer_key": k.key.Reveal(), "oauth_nonce": nonce, "oauth_signature_method": "HMAC-SHA1",
		"oauth_timestamp": strconv.FormatInt(now.Unix(), 10), "oauth_token": k.token.Reveal(), "oauth_version": "1.0",
	}
	var all []string
	for name, v := range oauth {
		all = append(all, percent(name)+"="+percent(v))
	}
	for name, values := range req.URL.Query() {
		for _, v := range values {
			all = append(all, percent(name)+"="+percent(v))
		}
	}
	slices.Sort(all)
	where := strings.ToLower(req.URL.Scheme) + "://" + strings.ToLower(req.URL.Host) + req.URL.EscapedPath()
	base := req.Method + "&" + percent(where) + "&" + percent(strings.Join(all, "&"))
	mac := hmac.New(sha1.New, []byte(percent(k.secret.Reveal())+"&"+percent(k.secretOfAccess.Reveal())))
	mac.Write([]byte(base))
	oauth["oauth_signature"] = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	var head []string
	for name, v := range oauth {
		head = append(head, name+`="`+percent(v)+`"`)
	}
	slices.Sort(head)
	req.Header.Set("Authorization", "OAuth "+strings.Join(head, ", "))
}

// percent is the encoding of RFC 5849, 3.6, which leaves unreserved characters
// alone and writes a space as %20.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// nonce is one that was never used.
func nonce() string { return rand.Text() }
