package email

import (
	"strings"
	"testing"
	"unicode/utf8"

	"earshot/bot/source/sourcetest"
)

func FuzzLetter(f *testing.F) {
	f.Add([]byte(from + "\nIt leaks.\n> old"))
	f.Add([]byte(multi("mixed", "Content-Type: text/html; charset=koi8-r\n\n<p>x", "Content-Type: message/rfc822\n\nSubject: y\n\nz")))
	f.Add([]byte("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nA: b\n\nAction: failed\nFinal-Recipient: rfc822;a@b\n"))
	f.Add([]byte("Content-Type: text/plain; charset=utf-7; format=flowed\nContent-Transfer-Encoding: base64\n\nYQ==YQ"))
	src := box(f, Settings{Ours: []string{"larkspur.example"}})
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, wanted, err := src.mention(arrived{uid: 1, at: now(), raw: raw})
		if err == nil && wanted {
			sourcetest.Sound(t, m)
		}
	})
}

func FuzzCut(f *testing.F) {
	g := newSigns()
	f.Add("It leaks.\nOn 1 Bob wrote:\n> x\n-- \nAnn")
	f.Add("From: a\nTo: b\nSubject: c\n___________\nBest,\n")
	f.Fuzz(func(t *testing.T, s string) {
		own, quoted, sign := g.cut(s)
		if len(own)+len(quoted)+len(sign) > len(s)+3 {
			t.Errorf("there is more than there was: %q, %q, %q", own, quoted, sign)
		}
		mine, theirs := cutHTML(s)
		if utf8.ValidString(s) && !utf8.ValidString(mine+theirs) {
			t.Errorf("%q, %q", mine, theirs)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("Ann <a@b.c>, =?utf-8?q?x?= <d@e>", "<a@b> <c@d>")
	f.Add("=?utf-8?q?a=0D=0Ab?= <x@y", "<<<")
	f.Fuzz(func(t *testing.T, who, ids string) {
		for _, p := range people(who) {
			if p.address != strings.ToLower(p.address) || strings.ContainsAny(p.address+p.name, "\r\n\x00") || strings.ContainsAny(p.address, " <>,") {
				t.Errorf("%+v", p)
			}
		}
		for _, id := range messageIDs(ids) {
			if strings.ContainsAny(id, "\r\n\x00 <>") {
				t.Errorf("%q", id)
			}
		}
	})
}
