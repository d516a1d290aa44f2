package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain", " It works. ", "It works."},
		{"windows lines", "a\r\nb\rc", "a\nb\nc"},
		{"null and bell", "a\x00b\ac", "abc"},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
		{"right-to-left override", "abc\u202Egnp.exe", "abcgnp.exe"},
		{"isolates and marks", "\u2066x\u2069\u200f", "x"},
		{"zero width", "pass\u200bword", "password"},
		{"emoji family keeps its joiners", "👨‍👩‍👧", "👨‍👩‍👧"},
		{"zalgo", "a\u0300\u0301\u0302\u0303\u0304b", "a\u0300\u0301\u0302b"},
		{"arabic stays", "مرحبا", "مرحبا"},
		{"empty lines", "a\n\n\n\n\nb", "a\n\nb"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Clean(tc.in); got != tc.want {
				t.Errorf("Clean(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{
		{"hello", 5, "hello"},
		{"hello", 4, "hel…"},
		{"👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 2, "👨‍👩‍👧…"},
		{"hello", 1, "…"},
		{"hello", 0, ""},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
	} {
		if got := Cut(tc.in, tc.n); got != tc.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
}

func TestCutWords(t *testing.T) {
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{
		{"the kettle is broken again", 16, "the kettle is…"},
		{"the kettle is broken again", 21, "the kettle is broken…"},
		{"Donaudampfschifffahrt ist lang", 10, "Donaudamp…"},
		{"short", 10, "short"},
	} {
		if got := CutWords(tc.in, tc.n); got != tc.want {
			t.Errorf("CutWords(%q, %d) = %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
}

func TestHTML(t *testing.T) {
	in := `<p>Dead <b>again</b>.</p><script>alert(1)</script><p>&lt;img src=x&gt; &amp; smoke<br>everywhere</p>`
	got := HTML(in)
	if strings.Contains(got, "alert") || !strings.Contains(got, "Dead again.") || !strings.Contains(got, "<img src=x> & smoke") {
		t.Errorf("HTML = %q", got)
	}
}

func TestSafeURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.com/a?b=c":    "https://example.com/a?b=c",
		"http://example.com":           "http://example.com",
		"javascript:alert(1)":          "",
		"https://u:p@example.com":      "",
		"https://exa mple.com":         "",
		"//example.com":                "",
		"https://example.com/\u202Egp": "",
		"https://example.com/\">x":     "",
		"ftp://example.com":            "",
	} {
		if got := SafeURL(in); got != want {
			t.Errorf("SafeURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"claim", "resolve", "release", "reply", "snooze", "escalate"}
	for in, want := range map[string]string{"clam": "claim", "resovle": "resolve", "snoze": "snooze", "xyzzy": "", "relpy": "reply", "": ""} {
		if got := Nearest(in, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\x00\xff", "\u202eabc", strings.Repeat("\u0300", 50), "<b>x</b>", "\r\n\r\n\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\r\u202e\u200b") {
			t.Errorf("Clean(%q) = %q", s, got)
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean is not stable: %q then %q", got, again)
		}
		if cut := Cut(got, 10); Length(cut) > 10 {
			t.Errorf("Cut(%q, 10) = %q, %d long", got, cut, Length(cut))
		}
		HTML(s)
		SafeURL(s)
	})
}
