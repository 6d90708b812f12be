// Package account knows who may use the server: accounts with their auth tokens, and API keys.
//
// An account owns workspaces and reaches no others. It has an auth token and, while that is
// being changed, a secondary one: both open the account and both sign capability tokens, so a
// token can be rotated without a moment at which somebody is locked out:
//
//	make a secondary token → give it to all programs → promote it; the old one is worth nothing
//
// Callbacks are always signed with the first one.
//
// An API key opens the account too, by its own SID and secret, except for what manages accounts
// and keys. Its secret is told once, when it is made, and kept as a digest.
//
// An account may make others, which it owns: it can read them, their tokens included, suspend
// and close them, but its credentials do not reach their workspaces.
//
// A [Directory] holds all of them in memory, as they are in the store. Reading is free of locks,
// since every request does it.
package account
