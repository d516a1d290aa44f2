package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"earshot/bot"
)

func TestDialIsGuarded(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	closed, allowed := must(t, Options{}), must(t, Options{Allow: []string{"127.0.0.1"}})
	if _, err := Dial(t.Context(), closed, ln.Addr().String(), 143); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("a private address is reached: %v", err)
	}
	conn, err := Dial(t.Context(), allowed, ln.Addr().String())
	if err != nil {
		t.Fatalf("an allowed address is not reached: %v", err)
	}
	conn.Close()
	ln.Close()
	if _, err := Dial(t.Context(), allowed, ln.Addr().String()); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := Dial(t.Context(), allowed, "mail"); bot.KindOf(err) != bot.ErrInvalid {
		t.Errorf("no port: %v", err)
	}
	if _, err := Dial(context.Background(), &http.Client{}, "127.0.0.1:1"); bot.KindOf(err) != bot.ErrInternal {
		t.Errorf("without a guard: %v", err)
	}
}

// TestUnreached: the message says why there is no connection, and stays one
// that is tried again.
func TestUnreached(t *testing.T) {
	hung := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
	for err, want := range map[error]string{
		&net.DNSError{Err: "no such host", Name: "shop.exampel", IsNotFound: true}: "The name shop.exampel is not known: look at its spelling",
		&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}:            "nothing answers at that port",
		&tls.CertificateVerificationError{Err: errors.New("expired")}:              "The certificate of shop.exampel is not good.",
		hung: "shop.exampel cannot be reached.",
	} {
		got := unreached("shop.exampel", &url.Error{Op: "Get", URL: "https://shop.exampel", Err: err}, err)
		if !strings.Contains(got.Msg, want) || got.Kind != bot.ErrUnavailable || !errors.Is(got, err) {
			t.Errorf("%v is told as %q, want %q", err, got.Msg, want)
		}
	}
}

// TestFurtherPorts: a mail port is let through to public addresses alone, and
// only where it was asked for.
func TestFurtherPorts(t *testing.T) {
	g, err := NewGuard(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		addr  string
		ports []uint16
		want  bool
	}{
		{"8.8.8.8:993", nil, false}, {"8.8.8.8:993", []uint16{993}, true}, {"8.8.8.8:22", []uint16{993}, false},
		{"10.0.0.1:993", []uint16{993}, false}, {"[::1]:993", []uint16{993}, false}, {"169.254.169.254:993", []uint16{993}, false},
	} {
		if got := g.also(tc.ports).permits(netip.MustParseAddrPort(tc.addr)); got != tc.want {
			t.Errorf("%s with %v: %v", tc.addr, tc.ports, got)
		}
	}
}

func must(t *testing.T, opt Options) *http.Client {
	t.Helper()
	c, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
