package compat

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"taskrouter/test/world"
)

// play runs a program of testdata against a server, with more variables in its environment, and
// returns what it prints.
func play(t *testing.T, e world.Endpoint, stdin string, more []string, command ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "BASE_URL="+e.URL, "ACCOUNT_SID="+e.Account,
		"AUTH_TOKEN="+e.AuthToken)
	cmd.Env = append(cmd.Env, more...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, complaints strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %v\n%s%s", command, err, &out, &complaints)
	}
	return out.String()
}

// TestNodeClient calls all operations with the official Node client.
func TestNodeClient(t *testing.T) {
	t.Parallel()
	w := watch(t, world.Serve(t))
	play(t, w.Endpoint, "", nil, "node", "everything.mjs")
	w.missed(t)
}

// TestPythonClient calls all operations that Debian's Python client has.
func TestPythonClient(t *testing.T) {
	t.Parallel()
	w := watch(t, world.Serve(t))
	play(t, w.Endpoint, "", nil, "/usr/bin/python3", "everything.py")
	w.missed(t, "POST /v1/Workspaces/{WorkspaceSid}/TaskQueues/RealTimeStatistics")
}
