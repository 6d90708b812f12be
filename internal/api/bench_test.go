package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The cost of a request from the handler on, without a network: engine, routing and a durable
// write included.

func BenchmarkCreateTask(b *testing.B) {
	c := newWorld(b).client(b)
	must(c, "POST", "/v1/Workspaces/{ws}/Workers/{alice}", "ActivitySid={offline}")
	path := c.expand("http://router.test/v1/Workspaces/{ws}/Tasks")
	body := escape(c.expand(`WorkflowSid={workflow}&Attributes={"type":"sales","language":"de","from":"+15550100"}`))
	benchmark(b, c, http.StatusCreated, func() *http.Request {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	})
}

func BenchmarkReadTask(b *testing.B) {
	c := newWorld(b).client(b)
	task(c)
	path := c.expand("http://router.test/v1/Workspaces/{ws}/Tasks/{task}")
	benchmark(b, c, http.StatusOK, func() *http.Request { return httptest.NewRequest("GET", path, nil) })
}

func BenchmarkListTasks(b *testing.B) {
	c := newWorld(b).client(b)
	for range 200 {
		must(c, "POST", "/v1/Workspaces/{ws}/Tasks", "TaskChannel=chat")
	}
	path := c.expand("http://router.test/v1/Workspaces/{ws}/Tasks")
	benchmark(b, c, http.StatusOK, func() *http.Request { return httptest.NewRequest("GET", path, nil) })
}

// BenchmarkExplainTask asks why a task waits, among 10,000 workers.
func BenchmarkExplainTask(b *testing.B) {
	c := newWorld(b).client(b)
	crowd(c, 10_000, "offline")
	must(c, "POST", "/v1/Workspaces/{ws}/Workers/{alice}", "ActivitySid={offline}")
	c.create("task", "/Tasks", "WorkflowSid={workflow}")
	path := c.expand("http://router.test/v1/Workspaces/{ws}/Tasks/{task}/Explanation")
	benchmark(b, c, http.StatusOK, func() *http.Request { return httptest.NewRequest("GET", path, nil) })
}

// BenchmarkStatistics reads each of the statistics of a workspace with 500 queues, 1,000 workers
// and 1,000 tasks that wait.
func BenchmarkStatistics(b *testing.B) {
	c := newWorld(b).client(b)
	for i := range 499 {
		must(c, "POST", "/v1/Workspaces/{ws}/TaskQueues", fmt.Sprintf("FriendlyName=Queue %d&TargetWorkers=level == %d", i, i))
	}
	for i := range 1000 {
		must(c, "POST", "/v1/Workspaces/{ws}/Workers", fmt.Sprintf(`FriendlyName=Worker %d&Attributes={"level":%d}`, i, i%499))
		must(c, "POST", "/v1/Workspaces/{ws}/Tasks", "WorkflowSid={workflow}&TaskChannel=chat")
	}
	for _, path := range everyStatistic {
		b.Run(strings.ReplaceAll(path[1:], "/", "_"), func(b *testing.B) {
			if path == "/TaskQueues/Statistics" {
				path += "?PageSize=500"
			}
			url := c.expand("http://router.test/v1/Workspaces/{ws}" + path)
			for b.Loop() {
				r := httptest.NewRequest("GET", url, nil)
				r.SetBasicAuth(string(account), password)
				rec := httptest.NewRecorder()
				c.server.ServeHTTP(rec, r)
				if rec.Code != http.StatusOK {
					b.Fatalf("status %d: %s", rec.Code, rec.Body)
				}
			}
		})
	}
}

// benchmark sends requests from many goroutines and reports how many a second were answered.
func benchmark(b *testing.B, c *client, status int, request func() *http.Request) {
	b.ReportAllocs()
	b.SetParallelism(64)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := request()
			r.SetBasicAuth(string(account), password)
			rec := httptest.NewRecorder()
			c.server.ServeHTTP(rec, r)
			if rec.Code != status {
				b.Errorf("status %d, want %d: %s", rec.Code, status, rec.Body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}
