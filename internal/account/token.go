package account

import (
	"context"

	"taskrouter"
)

// MakeSecondary gives an account a secondary auth token, a new one if it has one already.
func (d *Directory) MakeSecondary(
	ctx context.Context, sid taskrouter.AccountSID,
) (Account, error) {
	return d.Update(ctx, sid, func(a *Account) error {
		a.SecondaryToken = random()
		return nil
	})
}

// DropSecondary takes the secondary auth token away.
func (d *Directory) DropSecondary(
	ctx context.Context, sid taskrouter.AccountSID,
) (Account, error) {
	return d.Update(ctx, sid, func(a *Account) error {
		if a.SecondaryToken == "" {
			return errNoSecondary(sid)
		}
		a.SecondaryToken = ""
		return nil
	})
}

// Promote makes the secondary auth token the only one.
func (d *Directory) Promote(
	ctx context.Context, sid taskrouter.AccountSID,
) (Account, error) {
	return d.Update(ctx, sid, func(a *Account) error {
		if a.SecondaryToken == "" {
			return errNoSecondary(sid)
		}
		a.AuthToken, a.SecondaryToken = a.SecondaryToken, ""
		return nil
	})
}

func errNoSecondary(sid taskrouter.AccountSID) error {
	return taskrouter.Invalid.Errorf("account %s has no secondary auth token; make one first", sid)
}
