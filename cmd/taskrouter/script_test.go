package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"taskrouter": main})
}

// TestScript runs the command as users do, in test/script. Besides testscript's own commands
// the scripts have these:
//
//	exits CODE COMMAND…           run a command that ends with this code
//	signal NAME                   send TERM or INT to all commands in the background
//	await FILE REGEXP [VAR…]      wait until a file has a match; set variables to its groups
//	field FILE PATH VAR           set a variable to a value of a JSON file, by a path like a.0.b
//	fetch STATUS URL [NAME=VALUE…]  ask as $USER; with values, POST a form; the body to stdout
//	remove URL                    ask as $USER to DELETE
//	occupy VAR                    take an address until the end, and set a variable to it
//	half URL                      begin a POST as $USER and never finish it
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "test", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"signal": sendSignal,
			"await":  await,
			"field":  field,
			"fetch":  fetch,
			"remove": remove,
			"occupy": occupy,
			"half":   half,
		},
	})
}

// want checks how a command of a script was called.
func want(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "exits CODE COMMAND…")
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("ended with code %d, want %s", code, args[0])
	}
}

func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "signal TERM|INT")
	names := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(names[args[0]]))
	}
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "await FILE REGEXP [VAR…]")
	file, pattern := ts.MkAbs(args[0]), regexp.MustCompile("(?m)"+args[1])
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		text, _ := os.ReadFile(file) // not there yet
		if m := pattern.FindSubmatch(text); m != nil {
			for i, name := range args[2:] {
				ts.Setenv(name, string(m[i+1]))
			}
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("no match of %s in %s:\n%s", args[1], args[0], text)
		}
	}
}

func field(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3, "field FILE PATH VAR")
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &value))
	for step := range strings.SplitSeq(args[1], ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			ts.Check(err)
			value = v[i]
		}
	}
	if value == nil {
		ts.Fatalf("%s has no %s", args[0], args[1])
	}
	ts.Setenv(args[2], fmt.Sprint(value))
}

func fetch(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "fetch STATUS URL [NAME=VALUE…]")
	method, form := "GET", url.Values{}
	for _, pair := range args[2:] {
		name, value, _ := strings.Cut(pair, "=")
		form.Set(name, value)
		method = "POST"
	}
	ask(ts, method, args[1], form, args[0])
}

func remove(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "remove URL")
	ask(ts, "DELETE", args[0], nil, "204")
}

// ask makes a request as $USER and prints the answer, which must have this status.
func ask(ts *testscript.TestScript, method, url string, form url.Values, status string) {
	r, err := http.NewRequest(method, url, strings.NewReader(form.Encode()))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user, password, ok := strings.Cut(ts.Getenv("USER"), ":"); ok {
		r.SetBasicAuth(user, password)
	}
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s\n", bytes.TrimSpace(body))
	if got := strconv.Itoa(answer.StatusCode); got != status {
		ts.Fatalf("%s %s: got %s, want %s", method, url, answer.Status, status)
	}
}

func occupy(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "occupy VAR")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

func half(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "half URL")
	u, err := url.Parse(args[0])
	ts.Check(err)
	conn, err := net.Dial("tcp", u.Host)
	ts.Check(err)
	ts.Defer(func() { conn.Close() })
	r, err := http.NewRequest("POST", args[0], nil)
	ts.Check(err)
	user, password, _ := strings.Cut(ts.Getenv("USER"), ":")
	r.SetBasicAuth(user, password)
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\n"+
		"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
		u.RequestURI(), u.Host, r.Header.Get("Authorization"))
	// The server asks for the body once the request is under way.
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	ts.Check(err)
	if answer.StatusCode != http.StatusContinue {
		ts.Fatalf("got %s, want to be asked for the body", answer.Status)
	}
}
