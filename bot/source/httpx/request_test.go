package httpx

import (
	"net/http"
	"net/url"
	"testing"
)

func TestBase(t *testing.T) {
	for in, want := range map[string]string{
		"https://x.example": "https://x.example", "http://x.example:8080/forum/": "http://x.example:8080/forum",
		"": "", "x.example": "", "ftp://x.example": "", "https://": "", "https://x.example/%zz": "",
	} {
		u, ok := Base(in)
		if ok != (want != "") || ok && u.String() != want {
			t.Errorf("Base(%q) is %v, %v", in, u, ok)
		}
	}
}

func TestRequest(t *testing.T) {
	base, _ := Base("https://x.example/api?key=1")
	req, err := Request(t.Context(), http.MethodGet, base, "a/b.json", url.Values{"q": {"ä b"}})
	if err != nil || req.URL.String() != "https://x.example/api/a/b.json?key=1&q=%C3%A4+b" || req.Header.Get("Accept") != "application/json" {
		t.Errorf("%v, %v", req.URL, err)
	}
}
