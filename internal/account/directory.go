package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
	"taskrouter/token"
)

// A Store is where accounts and keys are kept; see [store.Store] for its promises.
type Store interface {
	Accounts(ctx context.Context) ([]store.Account, error)
	PutAccount(ctx context.Context, a store.Account) (store.Account, error)
	Keys(ctx context.Context) ([]store.Key, error)
	PutKey(ctx context.Context, k store.Key) error
	DeleteKey(ctx context.Context, sid taskrouter.KeySID) error
}

// What a directory holds is what stores keep.
type (
	Account = store.Account
	Key     = store.Key
	Status  = store.AccountStatus
)

// The statuses of an account.
const (
	Active    = store.AccountActive
	Suspended = store.AccountSuspended
	Closed    = store.AccountClosed
)

// A Directory knows all accounts and keys of a store. Its methods may be called from many
// goroutines at once. Errors that clients may see are [taskrouter.Error]s.
type Directory struct {
	store Store
	now   func() time.Time

	writing sync.Mutex // held while the store and known are changed
	known   atomic.Pointer[known]
}

// known is what a directory knows at one moment. It never changes.
type known struct {
	accounts map[taskrouter.AccountSID]Account
	keys     map[taskrouter.KeySID]Key
}

// Open reads the accounts and keys of a store. From then on they are changed through the
// directory alone. The clock is [time.Now] if now is nil.
func Open(ctx context.Context, st Store, now func() time.Time) (*Directory, error) {
	if now == nil {
		now = time.Now
	}
	accounts, err := st.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	keys, err := st.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	k := &known{
		accounts: make(map[taskrouter.AccountSID]Account, len(accounts)),
		keys:     make(map[taskrouter.KeySID]Key, len(keys)),
	}
	for _, a := range accounts {
		k.accounts[a.SID] = a
	}
	for _, key := range keys {
		k.keys[key.SID] = key
	}
	d := &Directory{store: st, now: now}
	d.known.Store(k)
	return d, nil
}

// Authenticate tells whose credentials these are: an account's SID with one of its auth tokens,
// or a key's SID with its secret. The time it takes tells neither how much of a password is
// right, its length included, nor whether there is such an account or key.
func (d *Directory) Authenticate(
	_ context.Context, user, password string,
) (taskrouter.AccountSID, bool) {
	k := d.known.Load()
	if strings.HasPrefix(user, taskrouter.PrefixKey) {
		key := k.keys[taskrouter.KeySID(user)] // nobody's key has no digest, which matches nothing
		ok := token.Digest(key.Digest).Matches(password)
		if !ok || !k.active(key.Account) {
			return "", false
		}
		return key.Account, true
	}
	a := k.accounts[taskrouter.AccountSID(user)] // nobody's account has no secrets
	first, second := same(password, a.AuthToken), same(password, a.SecondaryToken)
	if !first && !second || !k.active(a.SID) {
		return "", false
	}
	return a.SID, true
}

// active reports whether an account and all who own it are.
func (k *known) active(sid taskrouter.AccountSID) bool {
	for sid != "" {
		a := k.accounts[sid]
		if a.Status != Active {
			return false
		}
		sid = a.Owner
	}
	return true
}

// same reports whether a password is the secret. What is empty is no secret.
func same(password, secret string) bool {
	a, b := sha256.Sum256([]byte(password)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && secret != ""
}

// Secrets returns the auth tokens that may have signed a capability token of the account, and
// none if the account does not exist or is not active.
func (d *Directory) Secrets(account string) []string {
	k := d.known.Load()
	a, ok := k.accounts[taskrouter.AccountSID(account)]
	switch {
	case !ok || !k.active(a.SID):
		return nil
	case a.SecondaryToken != "":
		return []string{a.AuthToken, a.SecondaryToken}
	default:
		return []string{a.AuthToken}
	}
}

// AuthToken returns the token that callbacks of the account are signed with, and false if the
// account is not active: then nobody is called on its behalf.
func (d *Directory) AuthToken(account taskrouter.AccountSID) (string, bool) {
	k := d.known.Load()
	if !k.active(account) {
		return "", false
	}
	return k.accounts[account].AuthToken, account != ""
}

// Account returns an account.
func (d *Directory) Account(sid taskrouter.AccountSID) (Account, bool) {
	a, ok := d.known.Load().accounts[sid]
	return a, ok
}

// Accounts returns the account and those that it owns, in order of SIDs; all accounts for "".
func (d *Directory) Accounts(owner taskrouter.AccountSID) []Account {
	var list []Account
	for _, a := range d.known.Load().accounts {
		if owner == "" || a.SID == owner || a.Owner == owner {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Account) int {
		return strings.Compare(string(a.SID), string(b.SID))
	})
	return list
}

// Create makes an account that owner owns; "" = nobody. What of SID and token is empty is made
// at random.
func (d *Directory) Create(
	ctx context.Context, owner taskrouter.AccountSID, a Account,
) (Account, error) {
	if a.SID == "" {
		a.SID = taskrouter.AccountSID(taskrouter.PrefixAccount + random())
	}
	if a.AuthToken == "" {
		a.AuthToken = random()
	}
	now := d.moment()
	a.Owner, a.Status, a.Created, a.Updated, a.Version = owner, Active, now, now, 0
	d.writing.Lock()
	defer d.writing.Unlock()
	if _, taken := d.Account(a.SID); taken {
		return Account{}, taskrouter.Invalid.Errorf("account %s exists already", a.SID)
	}
	return d.put(ctx, a)
}

// Update has change edit an account's name, tokens and status, and stores it.
func (d *Directory) Update(
	ctx context.Context, sid taskrouter.AccountSID, change func(*Account) error,
) (Account, error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	a, ok := d.Account(sid)
	if !ok {
		return Account{}, taskrouter.NotFound.Errorf("no account %s", sid)
	}
	if err := change(&a); err != nil {
		return Account{}, err
	}
	a.Updated = d.moment()
	return d.put(ctx, a)
}

// put stores an account and knows it from then on; the caller holds writing.
func (d *Directory) put(ctx context.Context, a Account) (Account, error) {
	a, err := d.store.PutAccount(ctx, a)
	if err != nil {
		return Account{}, err
	}
	before := d.known.Load()
	n := &known{accounts: maps.Clone(before.accounts), keys: before.keys}
	n.accounts[a.SID] = a
	d.known.Store(n)
	return a, nil
}

// moment is now as stores keep time.
func (d *Directory) moment() time.Time { return d.now().UTC().Truncate(time.Millisecond) }

// random returns 128 bits nobody can guess, as 32 hexadecimal digits: clients take letters and
// digits alone. Spec: rest-api 5
func random() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
