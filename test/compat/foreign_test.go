package compat

import (
	"os"
	"os/exec"
	"testing"

	"taskrouter/test/world"
)

// play runs a program of testdata against the server behind the witness.
func play(t *testing.T, w *witness, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "BASE_URL="+w.URL, "ACCOUNT_SID="+w.Account,
		"AUTH_TOKEN="+w.AuthToken)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", command, err, out)
	}
}

// TestNodeClient calls all operations with the official Node client.
func TestNodeClient(t *testing.T) {
	t.Parallel()
	w := watch(t, world.Serve(t))
	play(t, w, "node", "everything.mjs")
	w.missed(t)
}

// TestPythonClient calls all operations that Debian's Python client has.
func TestPythonClient(t *testing.T) {
	t.Parallel()
	w := watch(t, world.Serve(t))
	play(t, w, "/usr/bin/python3", "everything.py")
	w.missed(t, "POST /v1/Workspaces/{WorkspaceSid}/TaskQueues/RealTimeStatistics")
}
