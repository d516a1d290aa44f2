package sourcetest

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"earshot/bot"
)

// Hostile lists texts that break what is careless with them.
func Hostile() []string {
	return []string{
		"invalid \xff\xfe UTF-8 \xc3",
		"a null \x00 byte",
		"bell \a, escape \x1b[31mred\x1b[0m, backspace \b\b\b",
		"override \u202egnp.exe\u202c and isolate \u2066x\u2069",
		"zero\u200bwidth\u2060 and a mark \ufeff inside",
		"zalgo " + strings.Repeat("e\u0301\u0302\u0303\u0304\u0305", 200),
		"one line of a megabyte " + strings.Repeat("abcdefghij", 105_000),
		"=HYPERLINK(\"http://evil.example\",\"click\")",
		"@SUM(1+1)*cmd|' /C calc'!A0",
		"<script>alert(1)</script><img src=x onerror=alert(1)> & &amp; ]]> stays text",
		"<!channel> <@U123> @everyone `code` *bold* ~strike~",
		`"quotes" 'and' “more”, with, commas; and	tabs`,
		"lines\r\nof\rtext\n\n\n\n\n\nhere\u2028and\u2029there",
		"{\"json\": [1, 2, {\"deep\": null}]} \\u0000 \\",
		"'; DROP TABLE mentions; -- %s %d {{.}} ${HOME} $(id)",
		"emoji 👨‍👩‍👧 and عربى and हिन्दी and 漢字",
		strings.Repeat("🔥", 50_000),
	}
}

// Sound fails t where a mention is not what the contract promises: an id, a
// time in UTC, safe addresses, and text without anything that is not text.
func Sound(t *testing.T, m bot.Mention) {
	t.Helper()
	if m.ExternalID == "" {
		t.Error("a mention has no ExternalID")
	}
	if m.CreatedAt.Location() != time.UTC {
		t.Errorf("%s: CreatedAt %v is not in UTC", m.ExternalID, m.CreatedAt)
	}
	if m.Author.Followers < -1 {
		t.Errorf("%s: Followers is %d", m.ExternalID, m.Author.Followers)
	}
	texts := map[string]string{
		"ExternalID": m.ExternalID, "ParentID": m.ParentID, "Title": m.Title, "Text": m.Text, "Quoted": m.Quoted, "Language": m.Language,
		"Author.Handle": m.Author.Handle, "Author.Name": m.Author.Name, "Author.Email": m.Author.Email,
	}
	for k, v := range m.Attrs {
		texts["the name of the attribute "+k] = k
		texts["the attribute "+k] = v
	}
	for what, s := range texts {
		soundText(t, m.ExternalID, what, s)
	}
	for _, s := range []string{m.URL, m.Author.URL} {
		soundURL(t, s)
	}
	for _, md := range m.Media {
		soundURL(t, md.URL)
	}
}

func soundText(t *testing.T, id, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%.40s: %s is not valid UTF-8", id, what)
	}
	if what != "Text" && what != "Quoted" && !strings.HasPrefix(what, "the attribute") && strings.ContainsRune(s, '\n') {
		t.Errorf("%.40s: %s has more than one line", id, what)
	}
	if i := strings.IndexFunc(s, unsafe); i >= 0 {
		t.Errorf("%.40s: %s has %q at %d", id, what, s[i:min(len(s), i+4)], i)
	}
}

// unsafe tells which characters no mention may hold.
func unsafe(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b || r == 0xfeff
}

func soundURL(t *testing.T, s string) {
	t.Helper()
	u, err := url.Parse(s)
	if s != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		t.Errorf("the address %.80q is not an absolute http or https one", s)
	}
}

// soundRejected fails t where a dead letter does not help whoever reads it.
func soundRejected(t *testing.T, r bot.Rejected) {
	t.Helper()
	if r.Where == "" || r.Reason == "" {
		t.Errorf("a rejected item says where %q and why %q; both are needed", r.Where, r.Reason)
	}
	if len(r.Raw) > 2000 {
		t.Errorf("a rejected item keeps %d bytes, more than 2,000", len(r.Raw))
	}
	soundText(t, r.Where, "the reason", r.Reason)
	soundText(t, r.Where, "the attribute Raw", r.Raw)
}
