package load

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lxzan/gws"

	"taskrouter/test/world"
)

// An offer is a frame that offers a task.
type offer struct {
	at                time.Time
	task, reservation string
}

// A listener is the socket of a worker's page; it hands on the offers.
type listener struct {
	gws.BuiltinEventHandler
	offers chan offer
}

// OnMessage reads a frame and notes when it came.
func (l *listener) OnMessage(_ *gws.Conn, m *gws.Message) {
	at := time.Now()
	defer m.Close()
	var frame struct {
		Type    string `json:"event_type"`
		Payload struct {
			Task        string `json:"sid"`
			Reservation string `json:"reservation_sid"`
		}
	}
	if json.Unmarshal(m.Bytes(), &frame) == nil && frame.Type == "reservation.created" {
		l.offers <- offer{at, frame.Payload.Task, frame.Payload.Reservation}
	}
}

// listen opens the socket of a worker.
func listen(b *testing.B, k world.Worker) *listener {
	b.Helper()
	l := &listener{offers: make(chan offer, 1)}
	socket, _, err := gws.NewClient(l, &gws.ClientOption{
		Addr: "ws" + strings.TrimPrefix(k.World.URL, "http") + "/v1/wschannels/" +
			k.World.Account + "/" + k.SID + "?token=" + k.Token(),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { socket.NetConn().Close() })
	go socket.ReadLoop()
	return l
}

// BenchmarkCreateToReservation creates one task after the other for a worker who waits for it.
func BenchmarkCreateToReservation(b *testing.B) {
	w := newWorld(b)
	c := newClient(w)
	k := w.NewWorker("Ana", 1)
	k.Become("Available")
	l := listen(b, k)

	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		task, err := c.create(k.Name)
		if err != nil {
			b.Fatal(err)
		}
		o := <-l.offers
		took = append(took, o.at.Sub(began))
		b.StopTimer()
		if o.task != task {
			b.Fatalf("task %s was created, %s offered", task, o.task)
		}
		if err := c.finish(task, o.reservation); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	slices.Sort(took)
	milliseconds := func(share float64) float64 {
		at := min(int(share*float64(len(took))), len(took)-1)
		return float64(took[at]) / float64(time.Millisecond)
	}
	b.ReportMetric(milliseconds(0.50), "p50-ms")
	b.ReportMetric(milliseconds(0.99), "p99-ms")
}

// BenchmarkLives has clients that create a task, look for the offer, accept it and complete the
// task: four requests for each life.
func BenchmarkLives(b *testing.B) {
	for _, clients := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			w := newWorld(b)
			c := newClient(w)
			work, failed := make(chan struct{}), make(chan error, clients)
			for i := range clients {
				k := w.NewWorker(fmt.Sprint("worker ", i), 1)
				k.Become("Available")
				go func() { failed <- c.live(k, work) }()
			}
			for b.Loop() {
				select {
				case work <- struct{}{}:
				case err := <-failed:
					b.Fatal(err)
				}
			}
			close(work)
			for range clients {
				if err := <-failed; err != nil {
					b.Error(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lives/s")
		})
	}
}

// live has a worker lead one task after the other through its life, while there is work.
func (c *client) live(k world.Worker, work <-chan struct{}) error {
	for range work {
		task, err := c.create(k.Name)
		if err != nil {
			return err
		}
		reservation, err := c.pending(k.SID)
		if err != nil {
			return err
		}
		if err := c.finish(task, reservation); err != nil {
			return err
		}
	}
	return nil
}
