package token

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DefaultLife is how long tokens live that helper libraries mint unless told otherwise.
const DefaultLife = time.Hour

// Claims is what a token is to say, for [Mint].
type Claims struct {
	Account   string
	Workspace string
	// Channel is the channel the token opens: a worker, a task queue, or Workspace.
	Channel string
	// FriendlyName is free text; if empty, the channel's SID is written.
	FriendlyName string
	// Policies are all the rights of the token: none come by themselves. [Grant.Policies] has
	// those that the browser client cannot do without.
	Policies []Policy
	// Life is how long the token is good from Issued on, in whole seconds, at least one. The
	// browser client takes a life of more than 24 days for one that is about to end.
	Life time.Duration
	// Issued is when the token was made; the zero time means now.
	Issued time.Time
	// NotBefore, if not zero, is when the token begins to be good.
	NotBefore time.Time
}

// Mint writes a token and signs it with an account's auth token. It fails, naming the field, if
// there is no moment at which [Read] would accept the token, or if it would skip a policy.
//
// Spec: capability-tokens 1
func Mint(secret string, c Claims) (string, error) {
	if secret == "" {
		return "", errors.New("mint token: the secret is empty; use the account's auth token")
	}
	if c.Issued.IsZero() {
		c.Issued = time.Now()
	}
	if err := c.check(); err != nil {
		return "", fmt.Errorf("mint token: %w", err)
	}
	policies := c.Policies
	if policies == nil {
		policies = []Policy{}
	}
	claims := jwt.MapClaims{
		"version":       version,
		"friendly_name": c.FriendlyName,
		"iss":           c.Account,
		"account_sid":   c.Account,
		"workspace_sid": c.Workspace,
		"channel":       c.Channel,
		"iat":           c.Issued.Unix(),
		"exp":           c.expires(),
		"policies":      policies,
	}
	if c.FriendlyName == "" {
		claims["friendly_name"] = c.Channel
	}
	if !c.NotBefore.IsZero() {
		claims["nbf"] = c.NotBefore.Unix()
	}
	switch c.Channel[:2] {
	case "WK":
		claims["worker_sid"] = c.Channel
	case "WQ":
		claims["taskqueue_sid"] = c.Channel
	}
	raw, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		return "", fmt.Errorf("mint token: %w", err)
	}
	if len(raw) > MaxSize {
		return "", fmt.Errorf("mint token: %d policies make it %d bytes long, more than %d; "+
			"use fewer, with wildcards", len(policies), len(raw), MaxSize)
	}
	return raw, nil
}

// check names the first field that would make a token nobody accepts.
func (c *Claims) check() error {
	if !isSID(c.Account, "AC") {
		return notSID("account", c.Account, "AC")
	}
	if !isSID(c.Workspace, "WS") {
		return notSID("workspace", c.Workspace, "WS")
	}
	switch {
	case strings.HasPrefix(c.Channel, "WS"):
		if c.Channel != c.Workspace {
			return fmt.Errorf("channel %s is a workspace other than the token's, %s",
				shown(c.Channel), c.Workspace)
		}
	case !isSID(c.Channel, "WK") && !isSID(c.Channel, "WQ"):
		return notSID("channel", c.Channel, "WK, WQ or WS")
	}
	if c.Life < time.Second {
		return fmt.Errorf("a life of %v is too short; it is at least a second", c.Life)
	}
	if !c.NotBefore.IsZero() && c.NotBefore.Unix() >= c.expires() {
		return fmt.Errorf("the token would end at %s, before it begins at %s",
			stamp(time.Unix(c.expires(), 0)), stamp(c.NotBefore))
	}
	for i, p := range c.Policies {
		if _, err := compile(p); err != nil {
			return fmt.Errorf("policy %d: %w", i, err)
		}
	}
	return nil
}

// expires is the token's exp.
func (c *Claims) expires() int64 { return c.Issued.Unix() + int64(c.Life/time.Second) }

func notSID(field, value, prefix string) error {
	return fmt.Errorf("%s %s is not a SID: %s and 32 hexadecimal digits",
		field, shown(value), prefix)
}
