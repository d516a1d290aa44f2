package httpx

import (
	"net/netip"
	"slices"
)

// reserved lists what is not the public internet, from IANA's registries of
// special-purpose addresses (iana.org/assignments/iana-ipv4-special-registry,
// iana-ipv6-special-registry), and the metadata services of clouds that live
// on addresses which look public.
func reserved() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),         // this network
		netip.MustParsePrefix("10.0.0.0/8"),        // private
		netip.MustParsePrefix("100.64.0.0/10"),     // carrier-grade NAT; Alibaba's metadata 100.100.100.200
		netip.MustParsePrefix("127.0.0.0/8"),       // loopback
		netip.MustParsePrefix("168.63.129.16/32"),  // Azure's metadata and wire server
		netip.MustParsePrefix("169.254.0.0/16"),    // link-local; metadata 169.254.169.254
		netip.MustParsePrefix("172.16.0.0/12"),     // private
		netip.MustParsePrefix("192.0.0.0/24"),      // protocol assignments; Oracle's metadata 192.0.0.192
		netip.MustParsePrefix("192.0.2.0/24"),      // documentation
		netip.MustParsePrefix("192.88.99.0/24"),    // 6to4 relay
		netip.MustParsePrefix("192.168.0.0/16"),    // private
		netip.MustParsePrefix("198.18.0.0/15"),     // benchmarking
		netip.MustParsePrefix("198.51.100.0/24"),   // documentation
		netip.MustParsePrefix("203.0.113.0/24"),    // documentation
		netip.MustParsePrefix("224.0.0.0/4"),       // multicast
		netip.MustParsePrefix("240.0.0.0/4"),       // reserved, broadcast
		netip.MustParsePrefix("2001::/23"),         // protocol assignments, Teredo, ORCHID
		netip.MustParsePrefix("2001:db8::/32"),     // documentation
		netip.MustParsePrefix("2002::/16"),         // 6to4: carries any IPv4 address
		netip.MustParsePrefix("3fff::/20"),         // documentation
		netip.MustParsePrefix("2620:4f:8000::/48"), // AS112
	}
}

// public tells whether a, without zone and unmapped, is an address of the
// public internet. Of IPv6 only 2000::/3 is (RFC 4291); NAT64's prefix
// (RFC 6052) is judged by the IPv4 address inside.
func public(a netip.Addr) bool {
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	if a.Is6() {
		b := a.As16()
		if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(a) {
			return public(netip.AddrFrom4([4]byte(b[12:16])))
		}
		if b[0]&0xe0 != 0x20 {
			return false
		}
	}
	return !slices.ContainsFunc(reserved(), func(p netip.Prefix) bool { return p.Contains(a) })
}
