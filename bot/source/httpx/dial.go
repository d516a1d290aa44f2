package httpx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"

	"earshot/bot"
)

// Dial connects by TCP to a server that does not speak HTTP, as a mail server,
// under the guard of client: only public addresses and those that the
// configuration allows are reached. ports are those that may be reached beside
// the web's; addr is "host:port". Its failures are those of Do: ErrInvalid for
// an address that may not be reached, ErrUnavailable for one that does not
// answer.
func Dial(ctx context.Context, client *http.Client, addr string, ports ...uint16) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &bot.Error{Kind: bot.ErrInvalid, Msg: "A server's address is not written as host:port.", Err: err}
	}
	t, ok := guardOf(client)
	if !ok {
		return nil, fmt.Errorf("dial %s: there is no guarded client", host)
	}
	conn, err := t.guard.also(ports).dial(dialTimeout)(ctx, "tcp", addr)
	var blocked *blockedError
	switch {
	case err == nil:
		return conn, nil
	case errors.As(err, &blocked):
		return nil, blockedHost(host, err)
	case isTimeout(err):
		return nil, &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: host + " took too long to answer."}
	}
	return nil, unreached(host, err, err)
}

func guardOf(client *http.Client) (*transport, bool) {
	if client == nil {
		return nil, false
	}
	t, ok := client.Transport.(*transport)
	return t, ok
}

// blockedHost is what is told of a host that the guard refuses.
func blockedHost(host string, cause error) *bot.Error {
	return &bot.Error{Kind: bot.ErrInvalid, Err: cause,
		Msg: "The address of " + host + " is not on the public internet. If it is yours, add it to the allowed addresses."}
}

// wider is a guard that lets some further ports of public addresses through.
type wider struct {
	*Guard
	ports []uint16
}

func (g *Guard) also(ports []uint16) wider { return wider{Guard: g, ports: ports} }

// permits is Permits with the further ports.
func (w wider) permits(ap netip.AddrPort) bool {
	port := ap.Port()
	if slices.Contains(w.ports, port) {
		port = 443 // as good as the web's
	}
	return w.Permits(ap.Addr(), port)
}

// control is Control with the further ports.
func (w wider) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the dialled address: %w", err)
	}
	if !w.permits(ap) {
		return &blockedError{addr: address}
	}
	return nil
}
