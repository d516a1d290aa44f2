package discourse

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func TestMedia(t *testing.T) {
	src := &Source{base: &url.URL{Scheme: "https", Host: "forum.example"}}
	for cooked, want := range map[string][]bot.Media{
		`<p><img src="//cdn.example/a.png" alt="a &amp; b" width="1"></p>`:                                 {{Type: "image", URL: "https://cdn.example/a.png", Alt: "a & b"}},
		`<p><img src='/uploads/b.jpg'> <img class="emoji only" src="/images/emoji/x.png"></p>`:             {{Type: "image", URL: "https://forum.example/uploads/b.jpg"}},
		`<a class="attachment" href="/uploads/log.txt">log.txt</a> <a href="https://x.example">a link</a>`: {{Type: "file", URL: "https://forum.example/uploads/log.txt"}},
		`<video><source src="https://cdn.example/v.mp4" type="video/mp4"></video>`:                         {{Type: "video", URL: "https://cdn.example/v.mp4"}},
		`<img src="javascript:alert(1)"><img src="data:image/png;base64,AAAA"><img>`:                       nil,
		`no pictures`: nil,
	} {
		if d := cmp.Diff(want, src.media(cooked)); d != "" {
			t.Errorf("%s (-want +got):\n%s", cooked, d)
		}
	}
	if got := src.media(strings.Repeat(`<img src="/a.png">`, 100)); len(got) != maxMedia {
		t.Errorf("%d pictures are kept", len(got))
	}
}
