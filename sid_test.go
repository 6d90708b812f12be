package taskrouter_test

import (
	"strings"
	"testing"
	"time"

	"taskrouter"
)

var noon = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

func TestSIDsRise(t *testing.T) {
	t.Parallel()
	s := taskrouter.NewSIDSource(0xfeedbeef)
	last := ""
	next := func(name string, now time.Time) {
		t.Helper()
		sid := s.Next(taskrouter.PrefixTask, now)
		if !taskrouter.ValidSID(taskrouter.PrefixTask, sid) || sid[2:] != strings.ToLower(sid[2:]) {
			t.Fatalf("%s: %q is no SID of a task", name, sid)
		}
		if sid <= last {
			t.Fatalf("%s: %s comes after %s", name, sid, last)
		}
		last = sid
	}
	next("a clock before its time", time.Time{})
	for range 5000 {
		next("same millisecond", noon)
	}
	next("next millisecond", noon.Add(time.Millisecond))
	next("the clock steps back", noon.Add(-time.Hour))
	for range 5000 {
		next("and stays behind", noon.Add(-time.Hour))
	}
	next("caught up", noon.Add(2*time.Millisecond))
	next("a century later", noon.AddDate(100, 0, 0))
}

// TestSIDIsUUID7 reads the digits as what they are: time, version, variant and salt.
func TestSIDIsUUID7(t *testing.T) {
	t.Parallel()
	s := taskrouter.NewSIDSource(0x0123abcd)
	at := time.UnixMilli(0x0123456789ab)
	first, second := s.Next("WT", at), s.Next("WR", at)
	want := "WT0123456789ab70008000000" + "1" + "0123abcd"
	if first != want {
		t.Errorf("got %s, want %s", first, want)
	}
	if want := "WR0123456789ab70008000000" + "2" + "0123abcd"; second != want {
		t.Errorf("got %s, want %s", second, want)
	}
}

// TestSIDsAreReproducible is what lets routing be a pure function.
func TestSIDsAreReproducible(t *testing.T) {
	t.Parallel()
	a, b := taskrouter.NewSIDSource(7), taskrouter.NewSIDSource(7)
	other := taskrouter.NewSIDSource(8)
	for i := range 100 {
		now := noon.Add(time.Duration(i/3) * time.Millisecond)
		x, y := a.Next("EV", now), b.Next("EV", now)
		if x != y {
			t.Fatalf("sources of the same salt made %s and %s", x, y)
		}
		if z := other.Next("EV", now); z == x {
			t.Fatalf("sources of different salts both made %s", z)
		}
	}
}

// TestSIDsOfWholeMillisecond makes more than fit into the low part of the counter.
func TestSIDsOfWholeMillisecond(t *testing.T) {
	t.Parallel()
	s := taskrouter.NewSIDSource(1)
	seen := make(map[string]bool)
	for range 100_000 {
		sid := s.Next("EV", noon)
		if seen[sid] {
			t.Fatalf("%s twice", sid)
		}
		seen[sid] = true
	}
}

func TestValidSID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, sid string
		want      bool
	}{
		{"lower case", "WT0123456789abcdef0123456789abcdef", true},
		{"upper case", "WT0123456789ABCDEF0123456789ABCDEF", true},
		{"another prefix", "WR0123456789abcdef0123456789abcdef", false},
		{"lower-case prefix", "wt0123456789abcdef0123456789abcdef", false},
		{"too short", "WT0123456789abcdef0123456789abcde", false},
		{"too long", "WT0123456789abcdef0123456789abcdef0", false},
		{"not hexadecimal", "WT0123456789abcdeg0123456789abcdef", false},
		{"a hyphen", "WT01234567-9abcdef0123456789abcdef", false},
		{"not ASCII", "WT0123456789abcdéf0123456789abcdef", false},
		{"empty", "", false},
		{"prefix only", "WT", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := taskrouter.ValidSID(taskrouter.PrefixTask, tt.sid); got != tt.want {
				t.Errorf("ValidSID(%q) = %v, want %v", tt.sid, got, tt.want)
			}
		})
	}
}
