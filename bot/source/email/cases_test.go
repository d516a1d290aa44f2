package email

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

func box(t testing.TB, set Settings) *Source {
	t.Helper()
	set.Server, set.User, set.Password = "imap.example.com", "support@larkspur.example", password
	src, err := newSource("mail", set, bot.SourceEnv{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func read(t testing.TB, s *Source, letter string) bot.Mention {
	t.Helper()
	m, wanted, err := s.mention(arrived{uid: 1, at: now().Add(-time.Hour), raw: []byte(crlf(letter))})
	if err != nil || !wanted {
		t.Fatalf("wanted %t, %v", wanted, err)
	}
	if tt, ok := t.(*testing.T); ok {
		sourcetest.Sound(tt, m)
	}
	return m
}

const from = "Message-ID: <1@example.com>\nFrom: Ann Smith <Ann@Example.com>\nSubject: The kettle\nDate: Mon, 9 Mar 2026 11:00:00 +0000\n"

// TestForms: letters of every form are read.
func TestForms(t *testing.T) {
	for name, tc := range map[string]struct {
		letter, text, quoted, attached string
	}{
		"plain":         {"\nIt leaks.", "It leaks.", "", ""},
		"no header end": {"It leaks.", "", "", ""},
		"charset":       {"Content-Type: text/plain; charset=iso-8859-15\n\n5 \xa4 f\xfcr nichts", "5 € für nichts", "", ""},
		"cyrillic":      {"Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n8NLJ18XU", "Привет", "", ""},
		"japanese":      {"Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B%1%H%k\x1b(B", "ケトル", "", ""},
		"chinese":       {"Content-Type: text/plain; charset=gb18030\n\n\xb2\xe8\xba\xf8", "茶壶", "", ""},
		"utf-16":        {"Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\naABpAA==", "hi", "", ""},
		"no charset":    {"\nf\xfcr", "für", "", ""},
		"wrong charset": {"Content-Type: text/plain; charset=\"no such\"\n\nfür", "für", "", ""},
		"quoted":        {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nIt=20costs =E2=82=AC5, a =\nlot =zz 1=2", "It costs €5, a lot =zz 1=2", "", ""},
		"base64 broken": {"Content-Transfer-Encoding: base64\n\nSXQg\n!!bGVha3Mu*SXQ", "It leaks.It", "", ""},
		"padded lines":  {"Content-Transfer-Encoding: base64\n\nSQ==\ndA==\n", "It", "", ""},
		"flowed":        {"Content-Type: text/plain; format=flowed\n\nIt leaks \nand leaks.\n> no, \n> it does not\n -- not a sign", "It leaks and leaks.\n-- not a sign", "no, it does not", ""},
		"flowed delsp":  {"Content-Type: text/plain; format=flowed; delsp=yes\n\nケト \nル", "ケトル", "", ""},
		"html only":     {"Content-Type: text/html\n\n<style>p{}</style><p>It &amp; the lid <b>leak</b>.</p><blockquote>old</blockquote>", "It & the lid leak.", "old", ""},
		"alternative": {multi("alternative", "Content-Type: text/plain\n\nIt leaks.", "Content-Type: text/html\n\n<p>It leaks in HTML."),
			"It leaks.", "", ""},
		"alternative without words": {multi("alternative", "Content-Type: text/plain\n\n \n", "Content-Type: text/html\n\n<p>Only HTML."), "Only HTML.", "", ""},
		"mixed": {multi("mixed", "Content-Type: text/plain\n\nSee the picture.", "Content-Type: image/jpeg; name=\"=?utf-8?q?K=C3=A4nnchen.jpg?=\"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n/9j/",
			"Content-Type: text/plain\nContent-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.txt\n\nnot mine"), "See the picture.", "", "Kännchen.jpg, résumé.txt"},
		"related": {multi("related", "Content-Type: text/html\n\n<p>Look <img src=cid:a>", "Content-Type: image/png\nContent-ID: <a>\n\nx"), "Look", "", ""},
		"signed":  {multi("signed", "Content-Type: text/plain\n\nIt leaks.", "Content-Type: application/pgp-signature; name=signature.asc\n\nx"), "It leaks.", "", "signature.asc"},
		"forwarded": {multi("mixed", "Content-Type: text/plain\n\nPlease look.", "Content-Type: message/rfc822\n\nFrom: bob@example.com\nSubject: x\n\nHis kettle leaks."),
			"Please look.", "His kettle leaks.", ""},
		"winmail":        {multi("mixed", "Content-Type: text/plain\n\nSee below.", "Content-Type: application/ms-tnef; name=winmail.dat\n\nx"), "See below.", "", "winmail.dat"},
		"cut off":        {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nIt lea", "It lea", "", ""},
		"no boundary":    {"Content-Type: multipart/mixed\n\nIt leaks.", "It leaks.", "", ""},
		"broken type":    {"Content-Type: text/plain; charset=\"utf-8; =\n\nIt leaks.", "It leaks.", "", ""},
		"broken field":   {"What is this\nContent-Type: text/plain\n\nIt leaks.", "It leaks.", "", ""},
		"null bytes":     {"\nIt\x00 leaks\x00.", "It leaks.", "", ""},
		"one attachment": {"Content-Type: application/pdf; name=a.pdf\n\nx", "", "", "a.pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, box(t, Settings{}), from+tc.letter)
			if name != "no header end" {
				if diff := cmp.Diff([]string{tc.text, tc.quoted, tc.attached}, []string{m.Text, m.Quoted, m.Attrs["attachments"]}); diff != "" {
					t.Error(diff)
				}
			}
			if m.Title != "The kettle" || m.Author.Email != "ann@example.com" || m.Author.Name != "Ann Smith" || !m.Private || m.ExternalID != "1@example.com" || m.CreatedAt.Hour() != 11 {
				t.Errorf("%+v", m)
			}
			if (name == "winmail") != (m.Attrs["not read"] != "") {
				t.Errorf("not read: %q", m.Attrs["not read"])
			}
		})
	}
}

// multi writes a multipart body.
func multi(kind string, parts ...string) string {
	return "Content-Type: multipart/" + kind + "; boundary=\"b 1\"\n\npreamble\n--b 1\n" + strings.Join(parts, "\n--b 1\n") + "\n--b 1--\nepilogue"
}

// TestWhoAndWhat: what a letter is, who wrote it, and what it answers.
func TestWhoAndWhat(t *testing.T) {
	src := box(t, Settings{Ours: []string{"@larkspur.example"}, Watch: "Larkspur"})
	ours := src.answerID(bot.Mention{ExternalID: "1@example.com"}, bot.Reply{ID: 7, CreatedAt: now()})
	report := func(action, id string) string {
		return "Message-ID: <b@mx>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry\n--b\nContent-Type: message/delivery-status\n\n" +
			"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; Ann@example.com\nAction: " + action + "\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <" + id + ">\n--b--"
	}
	type got struct {
		Automatic, Parent, Email string
		History, Staff, Robot    bool
	}
	for name, tc := range map[string]struct {
		letter string
		want   got
	}{
		"a customer": {from + "\nx", got{Email: "ann@example.com"}},
		"an answer":  {from + "In-Reply-To: <0@a.example>\nReferences: <z@a.example> <0@a.example>\n\nx", got{Email: "ann@example.com", Parent: "0@a.example"}},
		"to ours":    {from + "In-Reply-To: <0@a.example>\nReferences: <" + ours + "> <0@a.example>\n\nx", got{Email: "ann@example.com", Parent: ours}},
		"references": {from + "References: <z@a.example>\n <0@a.example>\n\nx", got{Email: "ann@example.com", Parent: "0@a.example"}},
		"one of us":  {"From: bob@larkspur.example\nSubject: x\n\nx", got{Email: "bob@larkspur.example", Staff: true}},
		"our form":   {"From: web@larkspur.example\nReply-To: Ann <ann@example.com>\nSubject: x\n\nx", got{Email: "ann@example.com"}},
		"our group": {"From: 'Ann' via Support <support@larkspur.example>\nX-Original-From: Ann <ann@example.com>\nList-Id: <support.larkspur.example>\nPrecedence: list\nSubject: x\n\nx",
			got{Email: "ann@example.com"}},
		"absence":          {from + "Auto-Submitted: auto-replied (vacation)\nIn-Reply-To: <" + ours + ">\n\nx", got{Automatic: "auto-reply", Parent: ours, History: true, Robot: true}},
		"no absence":       {from + "Auto-Submitted: no\n\nx", got{Email: "ann@example.com"}},
		"outlook":          {from + "X-Auto-Response-Suppress: All\n\nx", got{Automatic: "auto-reply", History: true, Robot: true}},
		"by subject":       {"From: ann@example.com\nSubject: =?utf-8?q?R=C3=A9ponse_automatique_:?= x\n\nx", got{Automatic: "auto-reply", History: true, Robot: true}},
		"precedence":       {from + "Precedence: auto_reply\n\nx", got{Automatic: "auto-reply", History: true, Robot: true}},
		"newsletter":       {from + "List-Unsubscribe: <https://x.example>\n\nx", got{Automatic: "list", History: true, Robot: true}},
		"newsletter to us": {from + "List-Unsubscribe: <https://x.example>\nX-Original-To: support@larkspur.example\nList-Id: news <news.shop.example>\n\nx", got{Automatic: "list", History: true, Robot: true}},
		"bulk":             {from + "Precedence: bulk\n\nx", got{Automatic: "list", History: true, Robot: true}},
		"our bounce":       {report("failed", ours), got{Automatic: "bounce", Parent: ours, Robot: true}},
		"else's":           {report("failed", "x@other.example"), got{Automatic: "bounce", Parent: "x@other.example", History: true, Robot: true}},
		"old bounce":       {"From: MAILER-DAEMON@x.example\nReturn-Path: <>\nIn-Reply-To: <" + ours + ">\nSubject: failure\n\nx", got{Automatic: "bounce", Parent: ours, Robot: true}},
		"spoofed name":     {"From: \"boss@larkspur.example\" <evil@example.com>\nSubject: x\n\nx", got{Email: "evil@example.com"}},
		"encoded address":  {"From: =?utf-8?q?boss=40larkspur=2Eexample=3E?= <evil@example.com>\nSubject: x\n\nx", got{Email: "evil@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, src, tc.letter)
			if diff := cmp.Diff(tc.want, got{m.Attrs["automatic"], m.ParentID, m.Author.Email, m.History, m.Author.Staff, m.Author.Automated}); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(m.Author.Name, "larkspur.example") {
				t.Errorf("the name deceives: %q", m.Author.Name)
			}
		})
	}
	m := read(t, src, report("failed", ours))
	if !m.Bounced || read(t, src, report("failed", "x@other.example")).Bounced || read(t, src, from+"In-Reply-To: <"+ours+">\n\nx").Bounced {
		t.Errorf("only our own letters come back to us: %t", m.Bounced)
	}
	if want := "The answer could not be delivered to ann@example.com: 5.1.1 550 no such user."; m.Text != want {
		t.Errorf("told as %q", m.Text)
	}
	for _, letter := range []string{report("delivered", ours), strings.NewReplacer("delivery-status; b", "feedback-report; b", "Action: failed\n", "").Replace(report("failed", ours))} {
		if _, wanted, err := src.mention(arrived{uid: 1, at: now(), raw: []byte(crlf(letter))}); wanted || err != nil {
			t.Errorf("a receipt, or a complaint of spam: %t, %v", wanted, err)
		}
	}
}

// TestHostileHeaders: nothing in a header gets further than it may.
func TestHostileHeaders(t *testing.T) {
	src := box(t, Settings{})
	m := read(t, src, "Message-ID: <a b@x\r.example>\nSubject: =?utf-8?q?x=0D=0ABcc:_all@example.com?=\nReply-To: =?utf-8?b?"+"YUBiLmNvbQ0KQmNjOiBjQGQuY29t"+"?=\nFrom: ann@example.com\nReferences: <x@y> <a\tb@c> <"+strings.Repeat("r", 600)+"@x>\nDate: Fri, 31 Dec 2099 00:00:00 +0000\n\nx")
	if strings.ContainsAny(m.Title+m.ExternalID+m.Attrs["references"]+m.Attrs["reply_to"], "\r\n") || m.Attrs["references"] != "x@y" || m.Attrs["reply_to"] != "" {
		t.Errorf("%+v", m)
	}
	if !strings.HasPrefix(m.ExternalID, "content-") {
		t.Errorf("a broken id is kept: %q", m.ExternalID)
	}
	if want := now().Add(-time.Hour); !m.CreatedAt.Equal(want) {
		t.Errorf("a date in the future is believed: %s", m.CreatedAt)
	}
	old := read(t, src, "From: ann@example.com\nSubject: x\nDate: Thu, 1 Jan 1970 00:00:00 +0000\n\nx")
	if !old.CreatedAt.Equal(now().Add(-time.Hour)) {
		t.Errorf("a date long gone is believed: %s", old.CreatedAt)
	}
}

// TestBombs: what is deep, wide or long is read as far as it goes, and says so.
func TestBombs(t *testing.T) {
	deep := "It leaks."
	for i := range 60 {
		b := "b" + strconv.Itoa(i)
		deep = "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n" + deep + "\n--" + b + "--"
	}
	carried := "\nIt leaks."
	for range 60 {
		carried = "Content-Type: message/rfc822\n\n" + carried
	}
	for name, letter := range map[string]string{
		"deep":       deep,
		"carried":    carried,
		"wide":       multi("mixed", strings.Repeat("Content-Type: text/plain\n\nx\n--b 1\n", 5000)+"\nx"),
		"long line":  "\n" + strings.Repeat("abcdefghij", 105_000),
		"many lines": "\n" + strings.Repeat("> > >\n", 100_000) + "x",
		"headers":    strings.Repeat("X-A: b\n", 50_000) + "\nx",
		"long field": "Subject: " + strings.Repeat("=?utf-8?q?a?= ", 100_000) + "\n\nx",
		"addresses":  "To: " + strings.Repeat("<a@b.c>,", 100_000) + "\nReply-To: " + strings.Repeat("(", 100_000) + "\n\nx",
		"tags":       "Content-Type: text/html\n\n" + strings.Repeat("<div><blockquote>", 30_000) + "x",
		"signs":      "\n" + strings.Repeat("On Monday 5 ", 20) + strings.Repeat("\nFrom: x", 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			m, _, err := box(t, Settings{}).mention(arrived{uid: 1, at: now(), raw: []byte(from + letter)})
			if err != nil {
				t.Fatal(err)
			}
			sourcetest.Sound(t, m)
			if cut := m.Attrs["not read"] != ""; cut != (name == "deep" || name == "carried" || name == "wide" || name == "long line") {
				t.Errorf("not read: %q", m.Attrs["not read"])
			}
		})
	}
}
