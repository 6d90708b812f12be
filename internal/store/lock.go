package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lockFile is the file whose lock says that a process works in the directory.
const lockFile = "taskrouter.lock"

// lockDir makes sure that no other store, of this process or another, works in dir until the
// returned file is closed. The lock goes with the process, however that ends.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := tryLock(f)
	switch {
	case err != nil:
		err = fmt.Errorf("lock %s: %w", path, err)
	case !ok:
		err = fmt.Errorf("%w: %s is locked by process %s; stop it or choose another directory",
			ErrInUse, dir, holder(path))
	default:
		if err = f.Truncate(0); err == nil {
			_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// holder is the process id that the lock file names.
func holder(path string) string {
	b, err := os.ReadFile(path)
	if pid := strings.TrimSpace(string(b)); err == nil && pid != "" {
		return pid
	}
	return "(unknown)"
}
