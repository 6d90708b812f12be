package worker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"taskrouter"
)

// claims are what a client reads in its token: whom it speaks for, and until when. Whether
// they are true is the server's business.
type claims struct {
	Account   taskrouter.AccountSID   `json:"account_sid"`
	Workspace taskrouter.WorkspaceSID `json:"workspace_sid"`
	Channel   taskrouter.WorkerSID    `json:"channel"`
	Exp       float64                 `json:"exp"`
}

// expires is when the token ends; the zero time if it does not say.
func (c *claims) expires() time.Time {
	if c.Exp <= 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(c.Exp*float64(time.Second)))
}

// readToken reads the claims of a token without checking its signature.
// Spec: capability-tokens 1
func readToken(raw string) (claims, error) {
	var c claims
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return c, fmt.Errorf("a capability token has three parts divided by dots; this one has %d",
			len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return c, errors.New("the second part of the token is not base64")
	}
	if json.Unmarshal(payload, &c) != nil {
		return c, errors.New("the payload of the token is not a JSON object with claims")
	}
	switch {
	case c.Account == "":
		return c, errors.New("the token has no account_sid; it is not a capability token")
	case c.Workspace == "":
		return c, errors.New("the token has no workspace_sid")
	case c.Channel == "":
		return c, errors.New("the token has no channel")
	case !strings.HasPrefix(string(c.Channel), taskrouter.PrefixWorker):
		return c, fmt.Errorf("the token is for channel %s, which is not a worker", c.Channel)
	}
	return c, nil
}

// tokens is the current token of a client, shared by its socket and all its requests.
type tokens struct {
	renew func(context.Context) (string, error) // nil: nobody can be asked for another one

	mu      sync.Mutex
	raw     string
	claims  claims
	refused string // a token that the server does not take any more

	renewing sync.Mutex
}

// current is the token to send now.
func (t *tokens) current() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.raw
}

// expires is when the current token ends.
func (t *tokens) expires() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.claims.expires()
}

// update takes another token for the same worker. After an error the old one is kept.
func (t *tokens) update(raw string) error {
	raw = strings.TrimSpace(raw)
	c, err := readToken(raw)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.claims; t.raw != "" && (c.Account != old.Account ||
		c.Workspace != old.Workspace || c.Channel != old.Channel) {
		return fmt.Errorf("the token is for worker %s in workspace %s of account %s; this client "+
			"is for worker %s in workspace %s of account %s",
			c.Channel, c.Workspace, c.Account, old.Channel, old.Workspace, old.Account)
	}
	t.raw, t.claims, t.refused = raw, c, ""
	return nil
}

// refuse notes that the server does not take a token any more, whatever its claims say.
func (t *tokens) refuse(raw string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if raw == t.raw {
		t.refused = raw
	}
}

// usedUp reports whether a new token is needed before anything else can be tried.
func (t *tokens) usedUp(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	end := t.claims.expires()
	return t.raw == "" || t.raw == t.refused || !end.IsZero() && !now.Before(end)
}

// maxRenewal is how long a program may take to come up with another token.
const maxRenewal = 30 * time.Second

// replace asks the program for a token in the place of an old one. If somebody else has done
// that meanwhile, it does nothing.
func (t *tokens) replace(ctx context.Context, old string) error {
	t.renewing.Lock()
	defer t.renewing.Unlock()
	if t.current() != old {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, maxRenewal)
	defer cancel()
	raw, err := t.renew(ctx)
	if err == nil {
		err = t.update(raw)
	}
	if err != nil {
		return fmt.Errorf("renew token: %w", err)
	}
	return nil
}

// maxLead is how long before its end a token is renewed at most.
const maxLead = time.Minute

// renewal is when a token with such an end should be renewed: a tenth of its remaining life
// before the end, a minute at most.
func renewal(now, end time.Time) time.Time {
	return end.Add(-min(maxLead, max(0, end.Sub(now)/10)))
}
