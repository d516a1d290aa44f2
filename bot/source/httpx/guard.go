package httpx

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"earshot/bot"
)

// Guard decides which addresses may be reached. It looks at the address that
// is dialled, so neither a DNS answer nor a redirect gets past it.
type Guard struct {
	nets  []netip.Prefix
	hosts []string // lower case, without a port
}

// NewGuard makes a guard that lets everything public through, and beyond that
// what allow lists: an address, a CIDR range, or a host name (a name stands for
// whatever it resolves to, on every port). An entry that is none of these is
// an Error of kind ErrInvalid.
func NewGuard(allow []string) (*Guard, error) {
	g := &Guard{}
	for _, entry := range allow {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if p, err := netip.ParsePrefix(entry); err == nil {
			g.nets = append(g.nets, p.Masked())
			continue
		}
		if a, err := netip.ParseAddr(entry); err == nil {
			a = a.Unmap()
			g.nets = append(g.nets, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		if entry == "" || strings.ContainsAny(entry, "/: \t@?#") {
			return nil, bot.Errorf(bot.ErrInvalid, "The allowed address %q is neither an address, a range such as 10.0.0.0/8, nor a host name.", entry)
		}
		g.hosts = append(g.hosts, strings.TrimSuffix(entry, "."))
	}
	return g, nil
}

// Permits tells whether an address may be reached on a port.
func (g *Guard) Permits(addr netip.Addr, port uint16) bool {
	addr = addr.WithZone("").Unmap()
	for _, n := range g.nets {
		if n.Contains(addr) {
			return true
		}
	}
	return publicPort(port) && public(addr)
}

// Control is a net.Dialer's Control: it refuses a connection to an address
// that is not permitted. It runs after DNS, once for every address tried.
func (g *Guard) Control(network, address string, c syscall.RawConn) error {
	return g.also(nil).control(network, address, c)
}

// blockedError says that the guard refused an address.
type blockedError struct{ addr string }

func (e *blockedError) Error() string {
	return "the address " + e.addr + " is not public, and not allowed by the configuration"
}

// dial connects to a host that is on the list freely, and to all others only
// where Control permits the address.
func (w wider) dial(timeout time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	guarded := &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second, Control: w.control}
	free := &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(addr); err == nil && w.lists(host) {
			return free.DialContext(ctx, network, addr)
		}
		return guarded.DialContext(ctx, network, addr)
	}
}

func (g *Guard) lists(host string) bool {
	return slices.Contains(g.hosts, strings.TrimSuffix(strings.ToLower(host), "."))
}

// checkURL refuses what can be refused before DNS: other schemes, no host, and
// an address written out that is not permitted. Behind a proxy, which resolves
// names itself, this is the only check of the final address.
func (g *Guard) checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return &blockedError{addr: "with the scheme " + strconv.Quote(u.Scheme)}
	}
	host := u.Hostname()
	if host == "" {
		return &blockedError{addr: "without a host"}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || g.lists(host) {
		return nil //nolint:nilerr // a name, which is looked at once it is resolved
	}
	port := uint16(443)
	if u.Scheme == "http" {
		port = 80
	}
	if p, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		port = uint16(p)
	}
	if !g.Permits(addr, port) {
		return &blockedError{addr: host}
	}
	return nil
}

// publicPort keeps sources away from mail, shell and file services: web servers
// live on 80, 443 and the unprivileged ports.
func publicPort(p uint16) bool { return p == 80 || p == 443 || p >= 1024 }
