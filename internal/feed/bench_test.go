package feed_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/feed"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// crowd makes workers and tasks that wait, a hundred thousand of which take a while.
func (w *world) crowd(workers, tasks int) {
	var group sync.WaitGroup
	for side := range 32 {
		group.Go(func() {
			for i := side; i < workers; i += 32 {
				w.do(routing.CreateWorker{
					FriendlyName: fmt.Sprint("worker ", i),
					ActivitySID:  []taskrouter.ActivitySID{w.idle, w.away}[i%2],
					Attributes:   fmt.Sprintf(`{"team":%d,"skills":["a","b"],"level":%d}`, i%50, i%9),
				})
			}
			for i := side; i < tasks; i += 32 {
				w.do(routing.CreateTask{
					WorkflowSID: w.workflow, Attributes: fmt.Sprintf(`{"n":%d}`, i),
					Priority: new(i % 5),
				})
			}
		})
	}
	group.Wait()
}

// BenchmarkSnapshot takes pictures: of workers as a table of them needs, and of everything.
func BenchmarkSnapshot(b *testing.B) {
	w := newWorld(b, nil)
	w.crowd(10_000, 0)
	read := func(b *testing.B, query, accept string) {
		size := 0
		for b.Loop() {
			resp, body := w.get("/Snapshot?"+query, "Accept-Encoding", accept)
			if resp.StatusCode != http.StatusOK {
				b.Fatal(resp.Status)
			}
			size = len(body)
			if accept == "gzip" {
				z, err := gzip.NewReader(bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, z); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(size)/1000, "kB")
	}
	run := func(name, query, accept string) {
		b.Run(name, func(b *testing.B) { read(b, query, accept) })
	}
	run("workers=10000", "Parts=workers", "identity")
	run("workers=10000/gzip", "Parts=workers", "gzip")
	run("workers=10000/full", "Parts=workers&Fields=full", "identity")
	w.crowd(0, 100_000)
	run("tasks=100000", "Parts=workers,tasks,reservations", "identity")
	run("tasks=100000/gzip", "Parts=workers,tasks,reservations", "gzip")
	b.Run("tasks=100000/in the loop", func(b *testing.B) {
		for b.Loop() {
			n := 0
			_, err := w.engine.ViewAt(b.Context(), w.as(account), w.ws, func(s *routing.State) {
				began := time.Now()
				for range s.Workers("") {
					n++
				}
				for range s.Tasks("") {
					n++
				}
				for range s.Reservations() {
					n++
				}
				b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms/look")
			})
			if err != nil || n < 110_000 {
				b.Fatal(n, err)
			}
		}
	})
}

// A sink is a WebSocket client that looks at nothing but how far it has come.
type sink struct {
	conn net.Conn
	at   atomic.Int64
}

func (w *world) sink(b testing.TB, query string) *sink {
	address, err := url.Parse(w.url("/Feed?" + query))
	if err != nil {
		b.Fatal(err)
	}
	conn, err := net.Dial("tcp", address.Host)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nUpgrade: websocket\r\n"+
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		address.RequestURI(), address.Host, basic(account))
	s := &sink{conn: conn}
	r := bufio.NewReaderSize(conn, 512)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		if line == "\r\n" {
			break
		}
	}
	go s.read(r)
	return s
}

func (s *sink) read(r *bufio.Reader) {
	mark := []byte(`"sequence":`)
	for {
		head, err := r.Peek(2)
		if err != nil {
			return
		}
		size, text := int(head[1]), head[0] == 0x81
		_, _ = r.Discard(2)
		switch size {
		case 126:
			b, _ := r.Peek(2)
			size = int(binary.BigEndian.Uint16(b))
			_, _ = r.Discard(2)
		case 127:
			b, _ := r.Peek(8)
			size = int(binary.BigEndian.Uint64(b))
			_, _ = r.Discard(8)
		}
		start, err := r.Peek(min(size, 60))
		if err != nil {
			return
		}
		if i := bytes.Index(start, mark); text && i > 0 {
			digits := start[i+len(mark):]
			end := bytes.IndexAny(digits, ",}")
			at, _ := strconv.ParseInt(string(digits[:end]), 10, 64)
			if _, err := r.Discard(size); err != nil {
				return
			}
			s.at.Store(at)
			continue
		}
		if _, err := r.Discard(size); err != nil {
			return
		}
	}
}

// BenchmarkReaders has a thousand readers hear of everything that is done, at a steady pace, and
// measures what arrives and when, and what a reader costs while nothing happens. One step is 50
// milliseconds with ten tasks made and canceled.
func BenchmarkReaders(b *testing.B) {
	for _, query := range []string{
		"Topics=tasks", "Topics=events", "Topics=tasks,workers,reservations,events,alerts",
	} {
		for _, readers := range []int{1, 1000} {
			b.Run(fmt.Sprintf("%s/readers=%d", query, readers), func(b *testing.B) {
				benchReaders(b, query, readers)
			})
		}
	}
}

func benchReaders(b *testing.B, query string, readers int) {
	w := newWorld(b, func(o *feed.Options) { o.Heartbeat = time.Minute })
	w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.away})
	before := memory()
	var sinks []*sink
	for range readers {
		sinks = append(sinks, w.sink(b, query))
	}
	b.Cleanup(func() {
		for _, s := range sinks {
			_ = s.conn.Close()
		}
	})
	arrived := func(at store.Seq) {
		for _, s := range sinks {
			for s.at.Load() < int64(at) {
				time.Sleep(time.Millisecond)
			}
		}
	}
	arrived(w.head())
	idle := float64(memory()-before) / float64(readers) / 1000
	start, frames, cpu := w.head(), w.hub.Stats().Frames, processor()
	var delays []time.Duration
	b.ResetTimer()
	began := time.Now()
	for i := range b.N {
		time.Sleep(time.Until(began.Add(time.Duration(i) * 50 * time.Millisecond)))
		for range 10 {
			sid := w.task()
			w.do(routing.UpdateTask{SID: sid, AssignmentStatus: taskrouter.TaskCanceled})
		}
		if i%10 == 0 {
			done := time.Now()
			arrived(w.head())
			delays = append(delays, time.Since(done))
		}
	}
	arrived(w.head())
	took := time.Since(began).Seconds()
	b.StopTimer()
	slices.Sort(delays)
	b.ReportMetric(float64(len(w.events(start))*readers)/took, "events/s")
	b.ReportMetric(float64(w.hub.Stats().Frames-frames)/took, "frames/s")
	b.ReportMetric(float64(delays[len(delays)/2].Microseconds())/1000, "ms-until-all")
	b.ReportMetric((processor()-cpu)/float64(w.hub.Stats().Frames-frames)*1e6, "cpu-µs/frame")
	b.ReportMetric((processor()-cpu)/took*100, "%cpu")
	b.ReportMetric(idle, "kB/reader")
	b.ReportMetric(float64(w.hub.Stats().Lagged), "lagged")
}

// memory is what is in use, once what is not has been collected.
func memory() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// processor is the time that this process has spent computing, in seconds.
func processor() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
