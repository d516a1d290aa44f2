package httpx

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"earshot/bot"
)

// TestEveryFormOfAnAddress: in whatever form an internal address is written,
// with whatever around it, nothing is reached.
func TestEveryFormOfAnAddress(t *testing.T) {
	var reached atomic.Int64
	s, c := server(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) }, Options{Allow: []string{"10.0.0.1"}})
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for _, host := range []string{
		"127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "017700000001", "2130706433", "127.000.000.001",
		"localhost", "LOCALHOST", "localhost.", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "0.0.0.0", "0", "[::]", "user@127.0.0.1", "user:pass@127.0.0.1",
		"example.com@127.0.0.1", "127.0.0.1%2f@127.0.0.1", "①②⑦.⓪.⓪.①", "169.254.169.254", "[fd00:ec2::254]", "100.100.100.200",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+port+"/latest/meta-data", nil)
		if err != nil {
			continue // no address at all
		}
		ctx, cancel := context.WithTimeout(t.Context(), dialTimeout)
		resp, err := Do(c, req.WithContext(ctx))
		cancel()
		if err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s was answered: %d", host, resp.StatusCode)
		}
	}
	for _, address := range []string{"file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://8.8.8.8/", "http://8.8.8.8:22/", "http://8.8.8.8:25/", "unix:///run/docker.sock", "http:///x"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			continue
		}
		if _, err := Do(c, req); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v, want it to be refused", address, err)
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("an internal address was reached %d times", n)
	}
}

// TestNameThatMoves: a name is judged by the address that is dialled, each time
// it is: one that was public a moment ago and is internal now is refused.
func TestNameThatMoves(t *testing.T) {
	g, err := NewGuard(nil)
	if err != nil {
		t.Fatal(err)
	}
	moved := &blockedError{}
	for address, want := range map[string]bool{"93.184.216.34:443": true, "127.0.0.1:443": false, "[::ffff:169.254.169.254]:80": false, "[fe80::1%lo]:443": false, "8.8.8.8:6379": true, "8.8.8.8:22": false} {
		err := g.Control("tcp", address, nil)
		if (err == nil) != want || err != nil && !errors.As(err, &moved) {
			t.Errorf("dialling %s: %v, want it let through: %v", address, err, want)
		}
	}
	d := g.also(nil).dial(dialTimeout)
	if conn, err := d(t.Context(), "tcp", net.JoinHostPort("localhost", "443")); err == nil {
		_ = conn.Close()
		t.Error("localhost is reached by its name")
	}
}
