package crash_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A site is a built command and the data directory that its processes follow each other in.
type site struct{ binary, data string }

func newSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{binary: filepath.Join(dir, "taskrouter"), data: filepath.Join(dir, "data")}
	build := exec.Command("go", "build", "-o", s.binary, "taskrouter/cmd/taskrouter")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the command: %v\n%s", err, out)
	}
	return s
}

// Credentials of all processes of a site.
const (
	accountSID = "AC00000000000000000000000000000001"
	authToken  = "0123456789abcdef0123456789abcdef"
)

// A process is one life of the server.
type process struct {
	cmd                   *exec.Cmd
	base, account, secret string
	transport             *http.Transport
	log                   *logText
}

var listening = regexp.MustCompile(`Listening on (http://\S+)`)

// start starts the server and waits until it says where it listens.
func (s *site) start(t *testing.T) *process {
	t.Helper()
	p := &process{
		cmd: exec.Command(s.binary, "serve", "--listen", "127.0.0.1:0", "--internal-listen",
			"off", "--data-dir", s.data),
		account: accountSID, secret: authToken,
		transport: &http.Transport{MaxIdleConnsPerHost: clients},
		log:       &logText{},
	}
	p.cmd.Env = append(os.Environ(), "TASKROUTER_ACCOUNT_SID="+accountSID,
		"TASKROUTER_AUTH_TOKEN="+authToken)
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(io.TeeReader(out, p.log))
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
		close(address)
	}()
	select {
	case p.base = <-address:
	case <-time.After(30 * time.Second):
	}
	if p.base == "" {
		p.kill()
		t.Fatalf("the server did not start:\n%s", p.log)
	}
	return p
}

// kill ends the process at once, without a chance to do anything. Again is harmless.
func (p *process) kill() {
	if p.cmd.ProcessState != nil {
		return
	}
	p.cmd.Process.Kill()
	p.cmd.Wait()
	p.transport.CloseIdleConnections()
}

// terminate ends the process in good order.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the server did not stop in good order: %v\n%s", err, p.log)
	}
}

// logText is what a process said.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
