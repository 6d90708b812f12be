package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watched serves one request by a handler in the wrapping that all public handlers have.
func watched(h http.HandlerFunc, target string) (*httptest.ResponseRecorder, *Server, string) {
	var log bytes.Buffer
	s := &Server{
		log: slog.New(slog.NewTextHandler(&log,
			&slog.HandlerOptions{Level: slog.LevelDebug})),
		metrics: newMetrics("test"),
	}
	rec := httptest.NewRecorder()
	s.watch(h).ServeHTTP(rec, httptest.NewRequest("GET", target, nil))
	return rec, s, log.String()
}

func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	rec, _, log := watched(func(http.ResponseWriter, *http.Request) { panic("broken: secret") },
		"/v1/Workspaces")
	if rec.Code != 500 || !strings.Contains(rec.Body.String(), `"code":20500`) {
		t.Errorf("got %d %s, want a 500 with code 20500", rec.Code, rec.Body)
	}
	if strings.Contains(rec.Body.String(), "secret") {
		t.Errorf("the answer shows what broke: %s", rec.Body)
	}
	if !strings.Contains(log, "broken") {
		t.Errorf("the log does not say what broke: %s", log)
	}
}

func TestLogHidesValues(t *testing.T) {
	t.Parallel()
	_, _, log := watched(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Twilio-Request-Id", "RQ1")
		io.WriteString(w, "ok")
	}, "/v1/wschannels/AC1/WK1?token=secret-token&Attributes=private")
	for _, hidden := range []string{"secret-token", "private"} {
		if strings.Contains(log, hidden) {
			t.Errorf("the log shows %s: %s", hidden, log)
		}
	}
	for _, shown := range []string{"/v1/wschannels/AC1/WK1", "token=…", "status=200", "bytes=2",
		"request=RQ1"} {
		if !strings.Contains(log, shown) {
			t.Errorf("the log does not show %s: %s", shown, log)
		}
	}
}

func TestStoppingRefuses(t *testing.T) {
	t.Parallel()
	s := &Server{log: slog.New(slog.DiscardHandler), metrics: newMetrics("test")}
	s.stopping.Store(true)
	rec := httptest.NewRecorder()
	s.watch(http.NotFoundHandler()).ServeHTTP(rec, httptest.NewRequest("GET", "/v1/x", nil))
	if rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("got %d, Retry-After %q, want 503 and when to come back", rec.Code,
			rec.Header().Get("Retry-After"))
	}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	const sid = "WS00000000000000000000000000000001"
	tests := []struct {
		name, path string
		status     int
		want       string
	}{
		{"list", "/v1/Workspaces", 200, "/v1/Workspaces"},
		{"one", "/v1/Workspaces/" + sid, 200, "/v1/Workspaces/{}"},
		{"slash at the end", "/v1/Workspaces/" + sid + "/", 200, "/v1/Workspaces/{}"},
		{"deep", "/v1/Workspaces/" + sid + "/Tasks/WT1/Reservations/WR1", 200,
			"/v1/Workspaces/{}/Tasks/{}/Reservations/{}"},
		{"unique name", "/v1/Workspaces/" + sid + "/TaskChannels/voice", 200,
			"/v1/Workspaces/{}/TaskChannels/{}"},
		{"not found", "/v1/Workspaces/" + sid, 404, unrouted},
		{"stranger", "/v1/a/b/c", 401, unrouted},
		{"bridge", "/v1/wschannels/AC1/WK1", 101, "/v1/wschannels/{}/{}"},
		{"outside", "/favicon.ico", 404, unrouted},
		{"SDK", "/js/taskrouter/taskrouter.js", 200, "/js/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := route(tt.path, tt.status); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRenewedCertificate replaces a certificate under a server's feet.
func TestRenewedCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	began := time.Now()
	writeCertificate(t, cert, key, 1, began)
	c := &certificate{certFile: cert, keyFile: key, log: slog.New(slog.DiscardHandler)}
	serial := func(now time.Time) int64 {
		t.Helper()
		return c.current(now).Leaf.SerialNumber.Int64()
	}
	if got := serial(began); got != 1 {
		t.Errorf("got certificate %d, want 1", got)
	}
	writeCertificate(t, cert, key, 2, began.Add(time.Hour))
	if got := serial(began.Add(time.Second)); got != 1 {
		t.Errorf("a second later: got certificate %d, want still 1", got)
	}
	if got := serial(began.Add(2 * certificateCheck)); got != 2 {
		t.Errorf("two minutes later: got certificate %d, want 2", got)
	}
	if err := os.WriteFile(cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(began.Add(4 * certificateCheck)); got != 2 {
		t.Errorf("with a broken file: got certificate %d, want still 2", got)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cert, key, 1, time.Now())
	s, err := New(Config{Listen: "127.0.0.1:0", InternalListen: Off, DataDir: dir,
		TLSCert: cert, TLSKey: key})
	if err != nil {
		t.Fatal(err)
	}
	go s.Run(t.Context())
	defer s.Close()
	if !strings.HasPrefix(s.URL(), "https://") {
		t.Errorf("got URL %s, want https", s.URL())
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: true,
	}}
	answer, err := client.Get(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	client.CloseIdleConnections()
	if answer.Proto != "HTTP/1.1" {
		t.Errorf("got %s, want HTTP/1.1: browser clients read the reason phrase", answer.Proto)
	}
}

// writeCertificate writes a certificate with this serial number, and files of this age.
func writeCertificate(t *testing.T, certFile, keyFile string, serial int64, at time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		NotBefore:    at.Add(-time.Hour),
		NotAfter:     at.Add(24 * time.Hour),
		DNSNames:     []string{"localhost"},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert},
		keyFile:  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
}
