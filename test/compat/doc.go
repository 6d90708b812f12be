// Package compat runs official client libraries, unchanged but for where they send their
// requests, against a running server. What they ask and how they read the answers is theirs;
// the tests say only what a user of them expects.
package compat
