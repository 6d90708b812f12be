package store

import (
	"context"
	"fmt"
	"time"

	"taskrouter"
)

const (
	selectAccounts = `
SELECT sid, auth_token, secondary_token, friendly_name, owner, status, created, updated, version
  FROM account ORDER BY sid`
	insertAccount = `
INSERT INTO account
  (sid, auth_token, secondary_token, friendly_name, owner, status, created, updated, version)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (sid) DO NOTHING`
	updateAccount = `
UPDATE account
   SET auth_token = ?, secondary_token = ?, friendly_name = ?, status = ?, updated = ?,
       version = version + 1
 WHERE sid = ? AND version = ?`

	selectKeys = `
SELECT sid, account, friendly_name, digest, created, updated FROM api_key ORDER BY sid`
	upsertKey = `
INSERT INTO api_key (sid, account, friendly_name, digest, created, updated)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (sid) DO UPDATE SET friendly_name = excluded.friendly_name, updated = excluded.updated`
	deleteKey = `DELETE FROM api_key WHERE sid = ?`
)

// Accounts implements [Store].
func (s *SQLite) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := s.read.QueryContext(ctx, selectAccounts)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	defer rows.Close()
	var list []Account
	for rows.Next() {
		var a Account
		var created, updated int64
		err := rows.Scan(&a.SID, &a.AuthToken, &a.SecondaryToken, &a.FriendlyName, &a.Owner,
			&a.Status, &created, &updated, &a.Version)
		if err != nil {
			return nil, fmt.Errorf("list accounts: %w", err)
		}
		a.Created, a.Updated = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
		list = append(list, a)
	}
	return list, rows.Err()
}

// PutAccount implements [Store].
func (s *SQLite) PutAccount(ctx context.Context, a Account) (Account, error) {
	if err := ctx.Err(); err != nil {
		return Account{}, err
	}
	err := s.w.urgently(func() error {
		var n int64
		var err error
		if a.Version == 0 {
			n, err = s.w.exec(insertAccount, string(a.SID), a.AuthToken, a.SecondaryToken,
				a.FriendlyName, string(a.Owner), string(a.Status), a.Created.UnixMilli(),
				a.Updated.UnixMilli())
		} else {
			n, err = s.w.exec(updateAccount, a.AuthToken, a.SecondaryToken, a.FriendlyName,
				string(a.Status), a.Updated.UnixMilli(), string(a.SID), a.Version)
		}
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: it is not %d", ErrConflict, a.Version)
		}
		return err
	})
	if err != nil {
		return Account{}, fmt.Errorf("put account %s: %w", a.SID, err)
	}
	a.Version++
	return a, nil
}

// Keys implements [Store].
func (s *SQLite) Keys(ctx context.Context) ([]Key, error) {
	rows, err := s.read.QueryContext(ctx, selectKeys)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	defer rows.Close()
	var list []Key
	for rows.Next() {
		var k Key
		var created, updated int64
		err := rows.Scan(&k.SID, &k.Account, &k.FriendlyName, &k.Digest, &created, &updated)
		if err != nil {
			return nil, fmt.Errorf("list API keys: %w", err)
		}
		k.Created, k.Updated = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
		list = append(list, k)
	}
	return list, rows.Err()
}

// PutKey implements [Store].
func (s *SQLite) PutKey(ctx context.Context, k Key) error {
	return s.writeKey(ctx, k.SID, upsertKey, string(k.SID), string(k.Account), k.FriendlyName,
		k.Digest, k.Created.UnixMilli(), k.Updated.UnixMilli())
}

// DeleteKey implements [Store].
func (s *SQLite) DeleteKey(ctx context.Context, sid taskrouter.KeySID) error {
	return s.writeKey(ctx, sid, deleteKey, string(sid))
}

func (s *SQLite) writeKey(
	ctx context.Context, sid taskrouter.KeySID, statement string, args ...any,
) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.w.urgently(func() error {
		_, err := s.w.exec(statement, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("write API key %s: %w", sid, err)
	}
	return nil
}
