package webhook

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParseNetworks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"127.0.0.0/8", "127.0.0.0/8"},
		{" 10.1.2.3/8 ,fd00::/8,, 192.0.2.7", "10.0.0.0/8 fd00::/8 192.0.2.7/32"},
		{"::1", "::1/128"},
	} {
		got, err := ParseNetworks(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
		}
		var texts []string
		for _, n := range got {
			texts = append(texts, n.String())
		}
		if s := strings.Join(texts, " "); s != tt.want {
			t.Errorf("%q: got %s, want %s", tt.text, s, tt.want)
		}
	}
	for _, bad := range []string{"localhost", "10.0.0.0/33", "10.0.0.0-10.0.0.9", "fe80::1%eth0",
		"::ffff:10.0.0.0/104", "10.0.0.0/8;fd00::/8"} {
		_, err := ParseNetworks("192.0.2.0/24, " + bad)
		if err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%q: error %v, want one that names it", bad, err)
		}
	}
}

// TestGuard asks for addresses that lead to where only the server reaches, in every spelling.
func TestGuard(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "172.15.0.1": true, "172.32.0.1": true,
		"100.63.0.1": true, "100.128.0.1": true, "2606:4700::1111": true, "2a00:1450::1": true,
		"::ffff:8.8.8.8": true, "64:ff9b::808:808": true,

		"0.0.0.0": false, "0.1.2.3": false, "127.0.0.1": false, "127.8.9.10": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false,
		"192.0.0.8": false, "192.0.2.1": false, "192.88.99.1": false, "198.18.0.1": false,
		"198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "239.1.1.1": false,
		"240.0.0.1": false, "255.255.255.255": false,

		"::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false,
		"::ffff:169.254.169.254": false, "fe80::1": false, "fe80::1%lo": false,
		"fec0::1": false, "fc00::1": false, "fd12::1": false, "ff02::1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::1": false,
		"100::1": false, "2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false,
		"3fff::1": false, "4000::1": false,
	} {
		if got := (guard{}).allows(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: allowed is %v, want %v", address, got, want)
		}
	}
	allow, err := ParseNetworks("127.0.0.0/8, fd00::/8")
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "[::ffff:127.0.0.1]:80": true, "[fd00::1]:443": true,
		"[fd00::1%lo]:443": true, "10.0.0.1:80": false, "[::1]:80": false, "8.8.8.8:443": true,
		"localhost:80": false, "": false,
	} {
		if err := (guard{allow}).control("tcp", address, nil); (err == nil) != want {
			t.Errorf("%s: error is %v, want allowed %v", address, err, want)
		}
	}
}
