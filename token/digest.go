package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding"
	"hash"
)

// A Digest stands for a secret that must not be kept: from it nobody finds the secret, yet it
// tells whether a password is the secret, and can check what was signed with it by HMAC-SHA256,
// as access tokens are. It holds the two states of SHA-256 that HMAC starts from.
//
// A digest is good for secrets nobody can guess, at least 128 random bits; for passwords that
// people choose it would be too quick to compute.
type Digest []byte

// NewDigest returns the digest of a secret.
func NewDigest(secret string) Digest {
	key := []byte(secret)
	if len(key) > sha256.BlockSize {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	var d Digest
	for _, pad := range [...]byte{0x36, 0x5c} { // inner, outer
		var block [sha256.BlockSize]byte
		copy(block[:], key)
		for i := range block {
			block[i] ^= pad
		}
		h := sha256.New()
		h.Write(block[:])
		state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			panic(err) // sha256 never fails
		}
		d = append(d, state...)
	}
	return d
}

// Matches reports whether the secret is the one that the digest was made of. How long it takes
// tells nothing about either.
func (d Digest) Matches(secret string) bool {
	return subtle.ConstantTimeCompare(d, NewDigest(secret)) == 1
}

// Sign returns the HMAC-SHA256 of a message under the secret; false if d is no digest.
func (d Digest) Sign(message []byte) (mac []byte, ok bool) {
	inner, okInner := restore(d[:len(d)/2])
	outer, okOuter := restore(d[len(d)/2:])
	if !okInner || !okOuter {
		return nil, false
	}
	inner.Write(message)
	outer.Write(inner.Sum(nil))
	return outer.Sum(nil), true
}

func restore(state []byte) (hash.Hash, bool) {
	h := sha256.New()
	err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
	return h, err == nil
}
