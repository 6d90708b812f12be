package token

import (
	"net/url"
	"testing"
	"time"
)

func sample(b *testing.B) string {
	g := WorkerGrant(account, workspace, worker)
	g.FetchSubresources, g.UpdateActivities, g.UpdateReservations = true, true, true
	claims := g.Claims(time.Hour)
	claims.Issued = now
	raw, err := Mint(secret, claims)
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

func BenchmarkRead(b *testing.B) {
	raw := sample(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(raw, keys, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadForged(b *testing.B) {
	raw := sample(b)
	raw = raw[:len(raw)-8] + "AAAAAAAA"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(raw, keys, now); err == nil {
			b.Fatal("accepted")
		}
	}
}

func BenchmarkAllows(b *testing.B) {
	c := mustRead(b, sample(b))
	accept := Request{
		Method: "POST",
		URL:    api + "/Tasks/" + task + "/Reservations/" + reservation,
		Params: url.Values{"ReservationStatus": {"accepted"}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Allows(accept, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
