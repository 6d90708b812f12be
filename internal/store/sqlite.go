package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"taskrouter"
)

// databaseFile is the one file that holds everything; SQLite keeps two more beside it.
const databaseFile = "taskrouter.db"

// readers is how many connections read at the same time.
const readers = 4

// writerPatience is how long the writing connection waits for a lock, which nobody else takes.
const writerPatience = 10 * time.Second

// Options are settings of a store; the zero value serves.
type Options struct {
	// Node names this run of the server in leases; empty makes a random name. It must not be
	// used by another run.
	Node NodeID
}

// SQLite is a [Store] in one SQLite file of a directory. It owns every workspace there: the
// directory is locked, and no other process can open it while the store is open.
//
// The database runs in WAL mode with synchronous=FULL: what Append called durable outlives a
// crash of process or machine. One connection writes, in turns; readers never wait for it.
type SQLite struct {
	node  NodeID
	codec *Codec
	lock  *os.File
	write *sql.DB
	read  *sql.DB
	w     *writer

	mu   sync.RWMutex
	keys map[taskrouter.WorkspaceSID]int64 // directory.ws

	projection projection
	looks      looks

	closing sync.Once
	closed  error
}

var _ Store = (*SQLite)(nil)

//go:embed migrations/*.sql
var migrations embed.FS

// OpenSQLite opens the store in dir and brings its tables up to date. It makes the directory
// (mode 0700) and the files (0600) if they are not there. It fails with [ErrInUse] if another
// process works in dir, and refuses a database that a newer release wrote.
func OpenSQLite(ctx context.Context, dir string, o Options) (*SQLite, error) {
	if o.Node == "" {
		o.Node = NodeID(rand.Text())
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s := &SQLite{node: o.Node, codec: NewCodec(), lock: lock, looks: usualLooks}
	if err := s.open(ctx, filepath.Join(dir, databaseFile)); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// Exists reports whether there is a store in dir.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, databaseFile))
	return err == nil
}

func (s *SQLite) open(ctx context.Context, path string) error {
	// SQLite would make the file readable to others, and gives its mode to the files beside it.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	// Half the cost of a commit is the file's time stamp, which nobody needs. Where the system
	// has no such call, SQLite goes on with fsync.
	_, err = sqlite.Fdatasync(true)
	if err != nil && !errors.Is(err, sqlite.ErrFdatasyncUnavailable) {
		return err
	}
	s.write, err = connect(path,
		fmt.Sprintf("busy_timeout(%d)", writerPatience.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(0)",
		"cache_size(-65536)", "temp_store(MEMORY)",
		"wal_autocheckpoint(4000)", fmt.Sprintf("journal_size_limit(%d)", keptLog))
	if err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	s.w = newWriter(conn, path)
	s.read, err = connect(path,
		"busy_timeout(10000)", "query_only(1)", "cache_size(-16384)", "temp_store(MEMORY)")
	if err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s.openDirectory(ctx)
}

// connect returns connections to the file on each of which the pragmas hold.
func connect(path string, pragmas ...string) (*sql.DB, error) {
	path = filepath.ToSlash(path)
	if path[0] != '/' {
		path = "/" + path // a drive letter
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	c, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// migrate brings the tables up to date.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	current, newest, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > newest {
		return fmt.Errorf("the database has version %d of the tables, this release knows %d; "+
			"start the newer release that wrote it", current, newest)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("update tables: %w", err)
	}
	return nil
}

// Close implements [Store].
func (s *SQLite) Close() error {
	s.closing.Do(func() {
		var errs []error
		if s.read != nil {
			errs = append(errs, s.read.Close())
		}
		// The writer goes last: closing the last connection moves the log into the database.
		if s.w != nil {
			errs = append(errs, s.w.close())
		}
		if s.write != nil {
			errs = append(errs, s.write.Close())
		}
		errs = append(errs, s.lock.Close())
		s.closed = errors.Join(errs...)
	})
	return s.closed
}
