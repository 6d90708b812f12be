package worker

import (
	"log/slog"
	"os"
	"testing"
)

// BenchmarkReadEvent reads a reservation event as a server of this project sends it.
func BenchmarkReadEvent(b *testing.B) {
	frame, err := os.ReadFile("../internal/bridge/testdata/frames/reservation.created.json")
	if err != nil {
		b.Fatal(err)
	}
	c := &Client{log: slog.New(slog.DiscardHandler)}
	b.ReportAllocs()
	for b.Loop() {
		if e, err := c.readEvent(frame); err != nil || e.(ReservationCreated).Reservation.SID == "" {
			b.Fatal(e, err)
		}
	}
}
