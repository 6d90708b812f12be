package store

import (
	"context"
	"errors"
	"iter"
	"time"

	"taskrouter"
)

// A Store remembers workspaces. Its methods may be called from many goroutines at once.
// The package storetest holds its promises as tests.
type Store interface {
	// Create enters a workspace into the account's directory and returns the lease on its
	// empty journal. The workspace is listed once it has a record; one that never gets any is
	// forgotten at the next start.
	Create(ctx context.Context, account taskrouter.AccountSID,
		ws taskrouter.WorkspaceSID) (Lease, error)
	// Claim takes a workspace over: its epoch rises by one, and all older leases are worth
	// nothing from then on. It fails with [ErrNotFound] if the workspace is unknown or deleted.
	Claim(ctx context.Context, ws taskrouter.WorkspaceSID) (Lease, error)
	// Release lets go of a workspace whose memory is no longer needed. Wake is when it must be
	// claimed again for its next timer; zero means it has none. It fails with [ErrFenced],
	// and changes nothing, if the lease is not the current one or l.Pos is not the head.
	Release(ctx context.Context, l Lease, wake time.Time) error

	// Workspaces lists the account's directory in order of SIDs, deleted workspaces left out.
	Workspaces(ctx context.Context, account taskrouter.AccountSID) ([]Entry, error)
	// AllWorkspaces lists the directory of all accounts in order of SIDs, deleted workspaces
	// included.
	AllWorkspaces(ctx context.Context) ([]Entry, error)

	// Load hands the newest snapshot, part by part, and then every record after it up to l.Pos
	// to into, in order. It checks that nothing is missing, damaged or from another history,
	// and fails with [ErrDamaged] otherwise. An error of into ends it and is returned.
	Load(ctx context.Context, l Lease, into func(Part) error) error
	// Append makes records durable, all in one transaction with one sync, and tells what became
	// of each in the same order. A refused record does not stop its neighbours. Records of one
	// workspace are taken in the order given, each going on from the one before. Append cannot
	// be cancelled. It owns the bodies until it returns.
	Append(batch []Record) []Outcome
	// Read yields the records after a sequence number, as far as they are durable when they are
	// reached. It fails with [ErrTrimmed] if some of them are no longer kept. It holds no
	// lock or transaction while the loop's body runs.
	Read(ctx context.Context, ws taskrouter.WorkspaceSID, after Seq) iter.Seq2[Part, error]
	// Snapshot stores all entities as they were at a durable position, in an order that they
	// may be applied in, and drops the snapshot before. It fails with [ErrFenced] if the lease
	// is not the current one; if there is a newer snapshot it does nothing.
	Snapshot(ctx context.Context, l Lease, at Position, entities iter.Seq[taskrouter.Entity]) error
	// Trim removes what is older than a moment, as far as it is in the newest snapshot and no
	// reader still needs it: records, the events they tell, the projection's rows of what was
	// removed before, and figures. It works in small steps and may be cancelled between them.
	Trim(ctx context.Context, ws taskrouter.WorkspaceSID, before time.Time) error

	// Position is how far a named reader of the workspace's journal has come; 0 at first.
	Position(ctx context.Context, ws taskrouter.WorkspaceSID, reader string) (Seq, error)
	// Advance moves the position of a reader from after to a later record that exists. A
	// reader without a position is at 0, and gets one by its first Advance, which may go to
	// any record: that is how one that begins in the middle enters. It fails with [ErrMoved]
	// if the position is not after. What it wrote may be lost when the machine fails; then
	// the reader meets again what it has seen, so a reader acts at least once on each record.
	//
	// A position is a promise that [Store.Trim] keeps: records behind it stay, however old.
	// So a reader has one only where it has something to do, and owns the limit of its
	// patience: where its work is switched off or has become hopeless it calls Forget, or
	// advances over what it gives up. A reader that merely has nothing to say about most
	// records still advances over them, now and then is enough.
	Advance(ctx context.Context, ws taskrouter.WorkspaceSID, reader string, after, to Seq) error
	// Forget takes a reader's position away: it needs nothing any more, and Trim no longer
	// waits for it. It is harmless where there is none.
	Forget(ctx context.Context, ws taskrouter.WorkspaceSID, reader string) error
	// Bookmark is what a reader has noted beside its position, such as how far it has come in
	// the record that follows; empty at first. It is false if the reader has no position.
	Bookmark(ctx context.Context, ws taskrouter.WorkspaceSID, reader string) (
		mark string, ok bool, err error)
	// SetBookmark replaces it. It fails with [ErrMoved] if the reader has no position, and goes
	// with the position in Forget. Like Advance it may be lost when the machine fails.
	SetBookmark(ctx context.Context, ws taskrouter.WorkspaceSID, reader, mark string) error
	// Project writes records into the projection and moves the position of its reader,
	// [Projection], from after to the last of them. Parts must follow each other without a gap.
	// It fails with [ErrMoved] if the position is not after: somebody else projects, and the
	// caller should ask for the position again. A long list is written in several
	// transactions, between which appends go first; what was written stays written. What it
	// wrote may be lost when the machine fails, but only together with the position.
	Project(ctx context.Context, ws taskrouter.WorkspaceSID, after Seq, parts []Part) error

	// Events returns a page of the workspace's events as far as they are projected. Each comes
	// whole, as it was told. They can be found until they are trimmed, also after the workspace
	// was deleted.
	Events(ctx context.Context, ws taskrouter.WorkspaceSID, q EventQuery) (Page[PastEvent], error)
	// Alerts returns a page of the workspace's alerts, like Events.
	Alerts(ctx context.Context, ws taskrouter.WorkspaceSID, q AlertQuery) (Page[PastAlert], error)
	// TaskLife says what became of a task, as far as it is projected and not trimmed yet. It
	// fails with [ErrUnknown] if the workspace has no such task.
	TaskLife(ctx context.Context, ws taskrouter.WorkspaceSID, task taskrouter.TaskSID) (TaskLife, error)

	// Count stores rows of figures, each in the place of the one of the same kind, moment and
	// owner, and moves the position of their reader, [Statistics], from after to to: all or
	// nothing, in one transaction, so a long list makes appends wait. It fails with [ErrMoved]
	// if the position is not after. Like Project it may be lost when the machine fails, but only
	// together with the position.
	Count(ctx context.Context, ws taskrouter.WorkspaceSID, after, to Seq, rows []Statistic) error
	// Statistics yields rows of figures. The loop's body must be quick: rows that are replaced
	// meanwhile are kept until it ends.
	Statistics(ctx context.Context, ws taskrouter.WorkspaceSID,
		q StatisticQuery) iter.Seq2[Statistic, error]
	// Uncount removes the rows of a kind from before a moment, in small steps.
	Uncount(ctx context.Context, ws taskrouter.WorkspaceSID, kind int, before int64) error

	// Accounts lists all accounts in order of SIDs.
	Accounts(ctx context.Context) ([]Account, error)
	// PutAccount stores an account if its stored version is still a.Version (0: there is none
	// yet), and returns it with the next version. Otherwise it fails with [ErrConflict].
	PutAccount(ctx context.Context, a Account) (Account, error)
	// Keys lists the API keys of all accounts in order of SIDs.
	Keys(ctx context.Context) ([]Key, error)
	// PutKey stores a key; of one that is stored already it changes name and date.
	PutKey(ctx context.Context, k Key) error
	// DeleteKey removes a key; one that does not exist is no error.
	DeleteKey(ctx context.Context, sid taskrouter.KeySID) error

	// Close waits for what is under way and closes the store. Later calls fail; closing twice
	// is harmless.
	Close() error
}

// Projection is the name of the reader whose position [Store.Project] moves.
const Projection = "projection"

// A Seq numbers the records of a workspace from 1. As a position, 0 is before the first.
type Seq int64

// A Position is a place in a workspace's journal: after the record Seq of the history whose
// hash is Chain. The zero Position is the beginning of every journal.
type Position struct {
	Seq   Seq
	Chain uint64
}

// A NodeID names one run of one server; a restarted server has another.
type NodeID string

// A Lease is the right to append to a workspace's journal.
type Lease struct {
	Workspace taskrouter.WorkspaceSID
	Owner     NodeID
	Epoch     int64     // rises with each claim
	Pos       Position  // the head when the lease was given
	At        time.Time // the time of the record at Pos; zero if there is none
}

// A Record is what one append adds to a journal. [Codec.Record] makes it.
type Record struct {
	Lease Lease
	// Prev is the head the record goes on from, Next the head it makes.
	Prev, Next Position
	// At must not be before the time of any earlier record of the workspace.
	At time.Time
	// Body is sealed.
	Body []byte
	// Final deletes the workspace from the directory together with the append. Its journal
	// stays for readers until it is trimmed.
	Final bool
}

// An OutcomeState says what became of a record.
type OutcomeState int

const (
	// Failed is a store that could not write. Nothing of the batch is readable, but the record
	// may still turn up after a crash, so it must be neither acknowledged nor denied.
	Failed OutcomeState = iota
	// Durable is a record that outlives a crash.
	Durable
	// Refused is a record whose lease, position or time is not acceptable; it was not written.
	Refused
)

// String is the state in lower case.
func (s OutcomeState) String() string {
	return [...]string{"failed", "durable", "refused"}[s]
}

// An Outcome is what became of one record of a batch.
type Outcome struct {
	State OutcomeState
	// Head is where the journal stands: Next of a durable record, the present head for a
	// refused one; unknown (zero) after a failure.
	Head Position
	// Err says why the record is not durable, nil if it is. A refusal is an [ErrFenced], or an
	// [ErrNotFound] if the workspace is unknown or deleted.
	Err error
}

// A Part is a piece of a workspace's history: either entities of a snapshot or one record.
type Part struct {
	Seq Seq       // of the record, or of the last record that the snapshot holds
	At  time.Time // of the record

	Entities []taskrouter.Entity  // of a snapshot; nil for a record
	Changes  []*taskrouter.Change // of a record, in order; nil for a snapshot
}

// An Entry is a workspace in the directory.
type Entry struct {
	Account   taskrouter.AccountSID
	Workspace taskrouter.WorkspaceSID
	Head      Seq
	Deleted   bool
	// Released says that its last owner let go of it; then it need not be loaded before WakeAt,
	// or at all if that is zero. A workspace whose owner crashed is not released.
	Released bool
	WakeAt   time.Time
}

// An Account owns workspaces. Its tokens are stored readable, not hashed: they are keys that
// sign capability tokens and callbacks. So the store's files are for its owner's eyes only.
type Account struct {
	SID            taskrouter.AccountSID
	AuthToken      string
	SecondaryToken string // accepted as well, while the tokens are rotated; empty = none
	FriendlyName   string
	Owner          taskrouter.AccountSID // that made it; empty = nobody. It never changes
	Status         AccountStatus
	Created        time.Time
	Updated        time.Time
	Version        int // rises with each PutAccount
}

// An AccountStatus says whether an account's credentials open anything.
type AccountStatus string

const (
	AccountActive    AccountStatus = "active"
	AccountSuspended AccountStatus = "suspended" // for a while
	AccountClosed    AccountStatus = "closed"    // for ever
)

// A Key is an API key: credentials of a program, beside the account's own.
type Key struct {
	SID          taskrouter.KeySID
	Account      taskrouter.AccountSID
	FriendlyName string
	Digest       []byte // of the secret, from which it cannot be found
	Created      time.Time
	Updated      time.Time
}

// Failures that callers tell apart; errors.Is finds them.
var (
	// ErrNotFound is a workspace that is unknown or deleted.
	ErrNotFound = errors.New("no such workspace")
	// ErrUnknown is a thing that the workspace's history does not hold.
	ErrUnknown = errors.New("nothing of that name is kept")
	// ErrFenced is a lease, position or time that is not the current one.
	ErrFenced = errors.New("lease is not current")
	// ErrDamaged is a stored body that is not what was written, or a history with a hole.
	ErrDamaged = errors.New("stored data is damaged")
	// ErrTrimmed is a position whose following records are no longer kept.
	ErrTrimmed = errors.New("records are no longer kept")
	// ErrMoved is a reader's position that is not where the caller believed.
	ErrMoved = errors.New("reader's position has moved")
	// ErrConflict is a version that is not the stored one.
	ErrConflict = errors.New("version is not the current one")
	// ErrInUse is a data directory that another process works in.
	ErrInUse = errors.New("data directory is in use")
)
