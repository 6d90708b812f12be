package token

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// MaxSize is the length of the longest token that is read or minted, in bytes. A token with
	// every right that has a name here is about a fifth of it.
	MaxSize = 16 << 10

	// clockSkew is how far the clock of a minting server may run ahead of ours.
	clockSkew = 5 * time.Second

	// lastDate is the end of the year 9999, the last date that an exp may name.
	lastDate = 253402300799

	// version is the only policy language there is.
	version = "v1"
)

// Keys finds the secrets that may have signed for an account: its auth token, and a secondary
// one while they are being rotated. It returns none for an account it does not know, and is
// called with well-formed account SIDs only.
type Keys func(account string) []string

// Capability is a token that has been verified. It does not watch the clock: whoever keeps one
// beyond the request it came with must look at Expires.
type Capability struct {
	// Account, Workspace and Channel are always set. Channel is a worker, a task queue or the
	// workspace itself.
	Account, Workspace, Channel string
	// Worker equals Channel if the token has a worker_sid, and is empty otherwise.
	Worker string
	// TaskQueue equals Channel if the token has a taskqueue_sid, and is empty otherwise.
	TaskQueue string
	// FriendlyName is free text, often the channel's SID, possibly empty.
	FriendlyName string
	// Expires is the first moment at which the token is no longer good.
	Expires time.Time
	// NotBefore is the zero time unless the token names a start.
	NotBefore time.Time
	// Policies are those that could be read, in the token's order.
	Policies []Policy
	// Skipped tells of each policy that could not be read which it was, counted from 0, and why.
	Skipped []string

	rules []rule
}

// Read verifies a token and returns what it says. White space around the token is ignored.
//
// The signature is checked first, in constant time and against every key, so that nothing is
// told about a token that nobody here signed, and nothing by timing about the keys. Then come
// the claims: the account twice the same, a workspace, a channel that the other claims agree
// with, and a life that includes now. An exp is required and gets no leeway, an nbf gets five
// seconds. Whether the workspace belongs to the account, and the channel to the workspace, is
// for the caller to know.
//
// The error is always an *[Error] with status 401.
//
// Spec: capability-tokens 1
func Read(raw string, keys Keys, now time.Time) (*Capability, error) {
	claims, err := verify(strings.TrimSpace(raw), keys)
	if err != nil {
		return nil, err
	}
	c := &Capability{}
	if err := c.readParties(claims); err != nil {
		return nil, err
	}
	if err := c.readLife(claims, now); err != nil {
		return nil, err
	}
	if err := c.readPolicies(claims); err != nil {
		return nil, err
	}
	return c, nil
}

// verify returns the claims of a token that carries the signature of the account it names.
func verify(raw string, keys Keys) (claimSet, error) {
	if raw == "" {
		return nil, untrusted("the token is missing")
	}
	if len(raw) > MaxSize {
		return nil, untrusted("the token has %d bytes, more than %d; give it fewer policies",
			len(raw), MaxSize)
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, ok := strings.Cut(rest, ".")
	if !ok || strings.Contains(signature, ".") {
		return nil, untrusted("the token does not have three parts divided by dots")
	}
	fields, err := segment(header, "header")
	if err != nil {
		return nil, err
	}
	if alg, _ := text(fields["alg"]); alg != "HS256" {
		return nil, untrusted("the token's header does not say alg HS256; sign it with that")
	}
	if _, ok := fields["crit"]; ok {
		return nil, untrusted("the token's header demands extensions that are unknown here")
	}
	claims, err := segment(payload, "payload")
	if err != nil {
		return nil, err
	}
	mac, err := decode(signature)
	if err != nil {
		return nil, untrusted("the token's signature is not base64url")
	}
	account, err := claimedAccount(claims)
	if err != nil {
		return nil, err
	}
	if !signed(raw[:len(header)+1+len(payload)], mac, keys(account)) {
		return nil, untrusted("the token is not signed by account %s of this server; "+
			"mint it with this server's account SID and auth token", account)
	}
	return claims, nil
}

// signed reports whether the signature over text was made with one of the keys. It tries every
// key, and one that never fits if there is none: the time it takes tells neither which key is the
// right one nor whether the account is known.
func signed(text string, mac []byte, keys []string) bool {
	good := false
	if len(keys) == 0 {
		keys = []string{""}
	}
	for _, key := range keys {
		// An empty secret signs nothing: anybody could have used it.
		err := jwt.SigningMethodHS256.Verify(text, mac, []byte(key))
		good = good || err == nil && key != ""
	}
	return good
}

// segment decodes the header or payload of a token, named by part.
func segment(encoded, part string) (map[string]json.RawMessage, error) {
	raw, err := decode(encoded)
	if err != nil {
		return nil, untrusted("the token's %s is not base64url", part)
	}
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, untrusted("the token's %s is not JSON in UTF-8", part)
	}
	members, ok := object(raw)
	if !ok {
		return nil, untrusted("the token's %s is not an object with distinct keys", part)
	}
	return members, nil
}

// decode is strict, unlike encoding/base64 alone, which skips line ends.
func decode(encoded string) ([]byte, error) {
	if i := strings.IndexAny(encoded, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return base64.RawURLEncoding.Strict().DecodeString(encoded)
}

// claimedAccount is the account a token names, before it is known whether it may.
func claimedAccount(claims claimSet) (string, error) {
	account, err := claims.sid("account_sid", "AC")
	if err != nil {
		return "", err
	}
	if account == "" {
		return "", untrusted("the token has no account_sid")
	}
	if issuer, err := claims.sid("iss", "AC"); err != nil || issuer != account {
		return "", untrusted("the token's iss is not its account_sid; they name the same account")
	}
	return account, nil
}

// readParties reads who the token is about, and whether the claims agree about it.
func (c *Capability) readParties(claims claimSet) error {
	var err error
	read := func(claim string, prefixes ...string) string {
		sid, e := claims.sid(claim, prefixes...)
		if err == nil {
			err = e
		}
		return sid
	}
	c.Account = read("account_sid", "AC")
	c.Workspace = read("workspace_sid", "WS")
	c.Worker = read("worker_sid", "WK")
	c.TaskQueue = read("taskqueue_sid", "WQ")
	c.Channel = read("channel", "WK", "WQ", "WS")
	c.FriendlyName, _ = text(claims["friendly_name"])
	if err != nil {
		return err
	}
	if v := claims["version"]; !absent(v) {
		if v, _ := text(v); v != version {
			return untrusted("the token's version is not %s, the only one understood", version)
		}
	}
	switch {
	case c.Workspace == "":
		return untrusted("the token has no workspace_sid")
	case c.Channel == "":
		return untrusted("the token has no channel; mint it with a current helper library")
	case c.Worker != "" && c.Worker != c.Channel:
		return untrusted("the token's channel is %s, but its worker_sid is %s",
			c.Channel, c.Worker)
	case c.TaskQueue != "" && c.TaskQueue != c.Channel:
		return untrusted("the token's channel is %s, but its taskqueue_sid is %s",
			c.Channel, c.TaskQueue)
	case strings.HasPrefix(c.Channel, "WS") && c.Channel != c.Workspace:
		return untrusted("the token's channel is %s, but its workspace_sid is %s",
			c.Channel, c.Workspace)
	}
	return nil
}

func (c *Capability) readLife(claims claimSet, now time.Time) error {
	if absent(claims["exp"]) {
		return untrusted("the token has no exp; mint it with an end of life")
	}
	var ok bool
	if c.Expires, ok = date(claims["exp"]); !ok {
		return untrusted("the token's exp is not a date in seconds")
	}
	if !now.Before(c.Expires) {
		return untrusted("the token expired at %s; mint a new one", stamp(c.Expires))
	}
	if absent(claims["nbf"]) {
		return nil
	}
	if c.NotBefore, ok = date(claims["nbf"]); !ok {
		return untrusted("the token's nbf is not a date in seconds")
	}
	if now.Add(clockSkew).Before(c.NotBefore) {
		return untrusted("the token is not good before %s, and here it is %s; "+
			"compare the clocks of the two servers", stamp(c.NotBefore), stamp(now))
	}
	return nil
}

func (c *Capability) readPolicies(claims claimSet) error {
	raw := claims["policies"]
	if absent(raw) {
		return nil
	}
	list, ok := array(raw)
	if !ok {
		return untrusted("the token's policies are not a list")
	}
	c.Policies = slices.Grow(c.Policies, len(list))
	c.rules = slices.Grow(c.rules, len(list))
	for i, raw := range list {
		r, err := readRule(raw)
		if err != nil {
			c.Skipped = append(c.Skipped, fmt.Sprintf("policy %d: %v", i, err))
			continue
		}
		c.Policies = append(c.Policies, r.Policy)
		c.rules = append(c.rules, r)
	}
	return nil
}

// A claimSet is the payload of a token, each claim still raw.
type claimSet map[string]json.RawMessage

// sid reads a claim that must be a SID with one of the prefixes; empty if the claim is absent.
func (c claimSet) sid(name string, prefixes ...string) (string, error) {
	raw := c[name]
	if absent(raw) {
		return "", nil
	}
	sid, _ := text(raw)
	for _, prefix := range prefixes {
		if isSID(sid, prefix) {
			return sid, nil
		}
	}
	return "", untrusted("the token's %s is not a SID that starts with %s",
		name, strings.Join(prefixes, ", "))
}

// isSID reports whether s is prefix and 32 hexadecimal digits.
// Spec: rest-api 1
func isSID(s, prefix string) bool {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok || len(digits) != 32 {
		return false
	}
	for i := range len(digits) {
		b := digits[i]
		if !('0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F') {
			return false
		}
	}
	return true
}

// date reads seconds since 1970, possibly with a fraction.
func date(raw json.RawMessage) (time.Time, bool) {
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !(0 <= seconds && seconds <= lastDate) {
		return time.Time{}, false
	}
	whole := int64(seconds)
	return time.Unix(whole, int64((seconds-float64(whole))*1e9)).UTC(), true
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
