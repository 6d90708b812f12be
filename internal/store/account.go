package store

import (
	"context"
	"fmt"
	"time"
)

const (
	selectAccounts = `
SELECT sid, auth_token, secondary_token, friendly_name, created, version
  FROM account ORDER BY sid`
	insertAccount = `
INSERT INTO account (sid, auth_token, secondary_token, friendly_name, created, version)
VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (sid) DO NOTHING`
	updateAccount = `
UPDATE account SET auth_token = ?, secondary_token = ?, friendly_name = ?, version = version + 1
 WHERE sid = ? AND version = ?`
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
		var created int64
		err := rows.Scan(&a.SID, &a.AuthToken, &a.SecondaryToken, &a.FriendlyName,
			&created, &a.Version)
		if err != nil {
			return nil, fmt.Errorf("list accounts: %w", err)
		}
		a.Created = time.UnixMilli(created).UTC()
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
				a.FriendlyName, a.Created.UnixMilli())
		} else {
			n, err = s.w.exec(updateAccount, a.AuthToken, a.SecondaryToken, a.FriendlyName,
				string(a.SID), a.Version)
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
