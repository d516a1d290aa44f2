package bot

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSecretShowsItselfToNobody(t *testing.T) {
	const token = "xoxb-1234"
	s := Secret(token)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "in", struct{ S Secret }{s})
	js, err := json.Marshal(map[string]any{"a": s, "b": []Secret{s}, "c": struct{ T Secret }{s}})
	if err != nil {
		t.Fatal(err)
	}
	for what, shown := range map[string]string{
		"%v": fmt.Sprintf("%v", s), "String": s.String(), "%q": fmt.Sprintf("%q", s), "%#v": fmt.Sprintf("%#v", s),
		"%+v in a struct": fmt.Sprintf("%+v", struct{ T Secret }{s}), "log": log.String(), "json": string(js),
	} {
		if strings.Contains(shown, "1234") {
			t.Errorf("%s shows the secret: %s", what, shown)
		}
	}
	if s.Reveal() != token {
		t.Error("Reveal does not give it back")
	}
}

func TestStanceOfRating(t *testing.T) {
	for _, tc := range []struct {
		r    Rating
		want Stance
	}{
		{Rating{}, Unqualified},
		{Rating{Value: 5, Of: 5}, Promoter}, {Rating{Value: 4, Of: 5}, Passive}, {Rating{Value: 3, Of: 5}, Detractor},
		{Rating{Value: 1, Of: 5}, Detractor}, {Rating{Value: 8, Of: 10}, Passive}, {Rating{Value: 10, Of: 10}, Promoter},
		{Rating{Value: 9, Of: 10, Survey: true}, Promoter}, {Rating{Value: 7, Of: 10, Survey: true}, Passive},
		{Rating{Value: 6, Of: 10, Survey: true}, Detractor}, {Rating{Value: 0, Of: 10, Survey: true}, Detractor},
	} {
		if got := StanceOfRating(tc.r); got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.r, got, tc.want)
		}
	}
}

func TestToldHidesTheInside(t *testing.T) {
	inner := errors.New("dial tcp 10.0.0.1: password=hunter2")
	err := fmt.Errorf("post card: %w", &Error{Kind: ErrUnavailable, Msg: "Slack does not answer.", Err: inner})
	if Told(err) != "Slack does not answer." || KindOf(err) != ErrUnavailable || !errors.Is(err, inner) {
		t.Errorf("told %q, kind %q", Told(err), KindOf(err))
	}
	if strings.Contains(Told(inner), "hunter2") || KindOf(inner) != ErrInternal || KindOf(nil) != "" {
		t.Errorf("told %q", Told(inner))
	}
}

func TestRoles(t *testing.T) {
	for _, name := range RoleNames() {
		if r, ok := ParseRole(name); !ok || r.String() != name {
			t.Errorf("%s is read as %s", name, r)
		}
	}
	if _, ok := ParseRole("owner"); ok {
		t.Error("owner is no role")
	}
}

func FuzzActionID(f *testing.F) {
	for _, s := range []string{"claim|1042|3|", "reply.send|7|0|public", "a|b|c|d", "", "||||", "x|1|2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseActionID(s)
		if err != nil {
			if KindOf(err) != ErrInvalid {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		again, err := ParseActionID(a.String())
		if err != nil || again != a {
			t.Errorf("%q is %+v, then %+v (%v)", s, a, again, err)
		}
	})
}

func FuzzAuthorLabel(f *testing.F) {
	f.Add("brewhilda", "Hilda", "h@example.com")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, handle, name, email string) {
		a := Author{Handle: handle, Name: name, Email: email}
		valid := utf8.ValidString(handle) && utf8.ValidString(name) && utf8.ValidString(email)
		if a.Label() == "" || valid && !utf8.ValidString(a.Label()) {
			t.Errorf("label %q", a.Label())
		}
	})
}

// TestTurns: which answers take the place of what was pressed.
func TestTurns(t *testing.T) {
	for name, want := range map[string]bool{"page": true, "audit.label": true, "audit.again": true, "claim": false, "pages": false, "": false} {
		if got := (ActionID{Name: name}).Turns(); got != want {
			t.Errorf("%q turns: %t", name, got)
		}
	}
}
