package worker_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"

	"taskrouter/test/world"
	"taskrouter/worker"
)

// BenchmarkOffers has one client accept and complete everything, as many at a time as the name
// says. The tasks are made over REST on the same machine.
func BenchmarkOffers(b *testing.B) {
	for _, capacity := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("atonce=%d", capacity), func(b *testing.B) {
			w := world.Build(b, world.Serve(b))
			alice := w.NewWorker("alice", 1)
			alice.Capacity(capacity)
			alice.Become("Available")
			c := connect(b, alice, worker.Options{Buffer: 4096})
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			done := make(chan error, capacity)
			served := make(chan error, 1)
			go func() {
				served <- c.Serve(ctx, worker.Handler{
					Offer: func(ctx context.Context, r *worker.Reservation) {
						accepted, err := r.Accept(ctx)
						if err == nil {
							_, err = accepted.Task.Complete(ctx, "")
						}
						done <- err
					},
				})
			}()
			create := creator(b, w)
			b.ResetTimer()
			var work sync.WaitGroup
			ahead := make(chan struct{}, 2*capacity)
			work.Go(func() {
				for range b.N {
					ahead <- struct{}{}
					work.Go(create)
				}
			})
			for range b.N {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
				<-ahead
			}
			b.StopTimer()
			work.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "offers/s")
			cancel()
			<-served
		})
	}
}

// creator makes tasks without looking at the answers.
func creator(b *testing.B, w *world.World) func() {
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	b.Cleanup(transport.CloseIdleConnections)
	h := &http.Client{Transport: transport}
	form := url.Values{"WorkflowSid": {w.Workflow}, "Attributes": {`{"to":"alice"}`}}.Encode()
	return func() {
		r, err := http.NewRequest("POST", w.URL+"/v1/Workspaces/"+w.Workspace+"/Tasks",
			strings.NewReader(form))
		if err != nil {
			b.Error(err)
			return
		}
		r.SetBasicAuth(w.Account, w.AuthToken)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := h.Do(r)
		if err != nil {
			b.Error(err)
			return
		}
		answer.Body.Close()
	}
}

// BenchmarkIdleClients is what a thousand clients cost that wait for offers, in a process without
// the server.
func BenchmarkIdleClients(b *testing.B) {
	const clients, workers = 1000, 20
	site := world.NewSite(b)
	site.Start(b)
	w := world.Build(b, site.Endpoint())
	var tokens []string
	for i := range workers {
		tokens = append(tokens, w.NewWorker(fmt.Sprint("worker ", i), 1).Token())
	}
	for _, shared := range []bool{true, false} {
		b.Run(fmt.Sprintf("shared=%v", shared), func(b *testing.B) {
			for b.Loop() {
				var h *http.Client
				if shared {
					transport := &http.Transport{MaxIdleConnsPerHost: 16}
					defer transport.CloseIdleConnections()
					h = &http.Client{Transport: transport}
				}
				before := memory()
				all := make([]*worker.Client, clients)
				for i := range all {
					c, err := worker.Connect(b.Context(), tokens[i%workers],
						worker.Options{URL: w.URL, HTTPClient: h})
					if err != nil {
						b.Fatal(err)
					}
					<-c.Events()
					all[i] = c
				}
				b.ReportMetric(float64(memory()-before)/clients, "B/client")
				for _, c := range all {
					c.Close()
				}
			}
		})
	}
}

// memory is what heap and stacks take, after a collection.
func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
