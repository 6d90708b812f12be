package account

import (
	"context"
	"maps"
	"slices"
	"strings"

	"taskrouter"
	"taskrouter/token"
)

// maxKeys is how many keys an account may have.
const maxKeys = 1000

// CreateKey makes a key of an account and returns it with its secret, which nobody can find out
// again.
func (d *Directory) CreateKey(
	ctx context.Context, account taskrouter.AccountSID, name string,
) (key Key, secret string, err error) {
	secret, now := random(), d.moment()
	key = Key{
		SID:          taskrouter.KeySID(taskrouter.PrefixKey + random()),
		Account:      account,
		FriendlyName: name,
		Digest:       token.NewDigest(secret),
		Created:      now,
		Updated:      now,
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if len(d.Keys(account)) >= maxKeys {
		return Key{}, "", taskrouter.Invalid.Errorf("account %s has %d API keys, the most "+
			"it may have; delete one first", account, maxKeys)
	}
	return key, secret, d.putKey(ctx, key)
}

// Keys returns the keys of an account, the oldest first.
func (d *Directory) Keys(account taskrouter.AccountSID) []Key {
	var list []Key
	for _, k := range d.known.Load().keys {
		if k.Account == account {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b Key) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(string(a.SID), string(b.SID))
	})
	return list
}

// Key returns a key of an account.
func (d *Directory) Key(
	account taskrouter.AccountSID, sid taskrouter.KeySID,
) (Key, error) {
	k, ok := d.known.Load().keys[sid]
	if !ok || k.Account != account {
		return Key{}, taskrouter.NotFound.Errorf("no API key %s", sid)
	}
	return k, nil
}

// RenameKey gives a key another name.
func (d *Directory) RenameKey(
	ctx context.Context, account taskrouter.AccountSID, sid taskrouter.KeySID, name string,
) (Key, error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	k, err := d.Key(account, sid)
	if err != nil {
		return Key{}, err
	}
	k.FriendlyName, k.Updated = name, d.moment()
	return k, d.putKey(ctx, k)
}

// putKey stores a key and knows it from then on; the caller holds writing.
func (d *Directory) putKey(ctx context.Context, k Key) error {
	if err := d.store.PutKey(ctx, k); err != nil {
		return err
	}
	d.changeKeys(func(keys map[taskrouter.KeySID]Key) { keys[k.SID] = k })
	return nil
}

// DeleteKey removes a key of an account; it opens nothing from then on.
func (d *Directory) DeleteKey(
	ctx context.Context, account taskrouter.AccountSID, sid taskrouter.KeySID,
) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if _, err := d.Key(account, sid); err != nil {
		return err
	}
	if err := d.store.DeleteKey(ctx, sid); err != nil {
		return err
	}
	d.changeKeys(func(keys map[taskrouter.KeySID]Key) { delete(keys, sid) })
	return nil
}

func (d *Directory) changeKeys(change func(map[taskrouter.KeySID]Key)) {
	before := d.known.Load()
	n := &known{accounts: before.accounts, keys: maps.Clone(before.keys)}
	change(n.keys)
	d.known.Store(n)
}
