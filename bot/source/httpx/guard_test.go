package httpx

import (
	"net/netip"
	"testing"

	"earshot/bot"
)

func TestPermits(t *testing.T) {
	open, err := NewGuard(nil)
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]bool{
		"93.184.216.34": true, "8.8.8.8": true, "2606:4700::1111": true, "64:ff9b::808:808": true,
		"127.0.0.1": false, "127.8.8.8": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.100.100.200": false, "168.63.129.16": false, "192.0.0.192": false,
		"0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "240.0.0.1": false, "198.18.0.1": false, "203.0.113.9": false,
		"::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001:0:1::1": false,
		"2001:db8::1": false, "fec0::1": false, "100::1": false,
	} {
		if got := open.Permits(netip.MustParseAddr(addr), 443); got != want {
			t.Errorf("Permits(%s) = %v, want %v", addr, got, want)
		}
	}
	for port, want := range map[uint16]bool{80: true, 443: true, 8080: true, 22: false, 25: false, 6: false} {
		if got := open.Permits(netip.MustParseAddr("8.8.8.8"), port); got != want {
			t.Errorf("port %d: %v, want %v", port, got, want)
		}
	}
}

func TestAllow(t *testing.T) {
	g, err := NewGuard([]string{"10.0.0.0/8", "127.0.0.1", "fd00::/8", "Intern.example"})
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]bool{"10.9.9.9": true, "127.0.0.1": true, "::ffff:127.0.0.1": true, "127.0.0.2": false, "fd00::5": true, "192.168.0.1": false} {
		if got := g.Permits(netip.MustParseAddr(addr), 25); got != want {
			t.Errorf("Permits(%s) = %v, want %v", addr, got, want)
		}
	}
	if !g.lists("INTERN.example.") || g.lists("example") {
		t.Error("host names are not matched whole and without case")
	}
	for _, wrong := range []string{"", "http://x", "a b", "10.0.0.0/99", "host:80", "user@host"} {
		if _, err := NewGuard([]string{wrong}); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("NewGuard(%q) gives %v", wrong, err)
		}
	}
}

func FuzzPermits(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2606:4700::1111"} {
		f.Add(s)
	}
	g, err := NewGuard(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := netip.ParseAddr(s)
		if err != nil || !g.Permits(a, 443) {
			return
		}
		if u := a.Unmap(); u.IsLoopback() || u.IsPrivate() || u.IsLinkLocalUnicast() || u.IsMulticast() || u.IsUnspecified() {
			t.Errorf("%s is let through", s)
		}
	})
}
