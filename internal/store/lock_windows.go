package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the lock that other open files of the same path contend for, until the file is
// closed. It reports false if another one holds it. The locked byte lies far behind the text,
// which others may still read.
func tryLock(f *os.File) (bool, error) {
	at := windows.Overlapped{OffsetHigh: 1}
	err := windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if err == windows.ERROR_LOCK_VIOLATION {
		return false, nil
	}
	return err == nil, err
}
