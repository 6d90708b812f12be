package webhook

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
)

// ParseNetworks reads a list of networks such as "127.0.0.0/8, 10.1.0.0/16, 2001:db8::7", with
// commas between them. A lone address is a network of one.
func ParseNetworks(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		network, err := netip.ParsePrefix(part)
		if address, e := netip.ParseAddr(part); e == nil {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || strings.Contains(part, "%") || network.Addr().Is4In6() {
			return nil, fmt.Errorf("%q is no network such as 10.0.0.0/8 or fd00::/8", part)
		}
		list = append(list, network.Masked())
	}
	return list, nil
}

// A guard decides which addresses may be called. Spec: callbacks 5
type guard struct{ allow []netip.Prefix }

// control is called with the address that a connection is about to be made to, after names have
// been resolved: what a name stands for by then, or stood for before, does not matter.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return &refusedError{address}
	}
	if !g.allows(a.Addr()) {
		return &refusedError{a.Addr().Unmap().String()}
	}
	return nil
}

func (g guard) allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return public(a) || slices.ContainsFunc(g.allow, func(n netip.Prefix) bool {
		return n.Contains(a)
	})
}

// A refusedError is an address that the server does not call.
type refusedError struct{ address string }

func (e *refusedError) Error() string {
	return "address " + e.address + " is not public; if callbacks may go there, name its network " +
		"in TASKROUTER_CALLBACK_ALLOW"
}

var (
	// special are networks within the public ranges that lead elsewhere than to a public host:
	// private ones, those of this host and link, shared ones of providers, those for examples
	// and measurements, and those that hide another address.
	special = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
		"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	)
	global6     = netip.MustParsePrefix("2000::/3")
	translated6 = netip.MustParsePrefix("64:ff9b::/96") // an IPv4 address in its last bytes
)

// public reports whether an address is one that anybody on the internet could call.
func public(a netip.Addr) bool {
	if a.Is6() {
		if translated6.Contains(a) {
			b := a.As16()
			return public(netip.AddrFrom4([4]byte(b[12:])))
		}
		if !global6.Contains(a) {
			return false
		}
	}
	return a.IsValid() &&
		!slices.ContainsFunc(special, func(n netip.Prefix) bool { return n.Contains(a) })
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}
