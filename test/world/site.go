package world

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Credentials of all processes of a [Site].
const (
	siteAccount = "AC00000000000000000000000000000001"
	siteToken   = "0123456789abcdef0123456789abcdef"
)

// A Site is the built command with a data directory and an address, where one process follows
// the other: clients find the next one where the last one was.
type Site struct {
	binary, data, address string

	now *Process // the one that runs
}

// NewSite builds the command and finds a free port. What runs at the site ends with the test.
func NewSite(t testing.TB) *Site {
	t.Helper()
	dir := t.TempDir()
	s := &Site{binary: filepath.Join(dir, "taskrouter"), data: filepath.Join(dir, "data")}
	build := exec.Command("go", "build", "-o", s.binary, "taskrouter/cmd/taskrouter")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the command: %v\n%s", err, out)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.now != nil {
			s.now.Kill()
		}
	})
	return s
}

// Endpoint is where the processes of the site are reached.
func (s *Site) Endpoint() Endpoint {
	return Endpoint{URL: "http://" + s.address, Account: siteAccount, AuthToken: siteToken}
}

// A Process is one life of the server.
type Process struct {
	cmd *exec.Cmd
	log *logText
}

// Start starts `taskrouter serve` and waits until it listens.
func (s *Site) Start(t testing.TB) *Process {
	t.Helper()
	p := s.prepare("serve")
	p.cmd.Env = append(p.cmd.Environ(), "TASKROUTER_ACCOUNT_SID="+siteAccount,
		"TASKROUTER_AUTH_TOKEN="+siteToken)
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, p, out, func(line string) bool { return strings.Contains(line, "Listening on ") })
	return p
}

// A Briefing is what `taskrouter dev` tells programs: all that is needed to use it.
type Briefing struct {
	BaseURL      string `json:"base_url"`
	AccountSID   string `json:"account_sid"`
	AuthToken    string `json:"auth_token"`
	WorkspaceSID string `json:"workspace_sid"`
	WorkflowSID  string `json:"workflow_sid"`
	Workers      []struct {
		Name     string
		SID      string
		AgentURL string `json:"agent_url"`
	}
}

// Endpoint is where the server is that the briefing is about.
func (b Briefing) Endpoint() Endpoint {
	return Endpoint{URL: b.BaseURL, Account: b.AccountSID, AuthToken: b.AuthToken}
}

// Dev starts `taskrouter dev`, on the site's data directory, and returns what it tells.
func (s *Site) Dev(t testing.TB) (p *Process, b Briefing) {
	t.Helper()
	p = s.prepare("dev", "--output", "json")
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, p, out, func(line string) bool { return json.Unmarshal([]byte(line), &b) == nil })
	return p, b
}

// prepare makes a process of the command that works at the site.
func (s *Site) prepare(command ...string) *Process {
	args := append(command, "--listen", s.address, "--internal-listen", "off", "--data-dir", s.data)
	return &Process{cmd: exec.Command(s.binary, args...), log: &logText{}}
}

// run starts the process and waits for the line of its output that says it is ready.
func (s *Site) run(t testing.TB, p *Process, out io.Reader, ready func(line string) bool) {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.now = p
	listens := make(chan bool, 1)
	go func() {
		defer close(listens)
		lines := bufio.NewScanner(io.TeeReader(out, p.log))
		lines.Buffer(nil, 1<<20)
		waiting := true
		for lines.Scan() {
			if waiting && ready(lines.Text()) {
				waiting = false
				listens <- true
			}
		}
	}()
	select {
	case ok := <-listens:
		if ok {
			return
		}
	case <-time.After(30 * time.Second):
	}
	p.Kill()
	t.Fatalf("the server did not start:\n%s", p.log)
}

// Kill ends the process at once, without a chance to do anything. Again is harmless.
func (p *Process) Kill() {
	if p.cmd.ProcessState != nil {
		return
	}
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// logText is what a process said.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the text.
func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is all that was said.
func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
