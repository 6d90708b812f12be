package token_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"testing"

	"taskrouter/token"
)

func TestDigest(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", "x", "0123456789abcdef0123456789abcdef",
		strings.Repeat("k", sha256.BlockSize), strings.Repeat("long", 40)} {
		d := token.NewDigest(secret)
		if !d.Matches(secret) || d.Matches(secret+"x") || d.Matches("") != (secret == "") {
			t.Errorf("the digest of %q does not know its secret", secret)
		}
		if len(secret) > 1 && bytes.Contains(d, []byte(secret)) {
			t.Errorf("the digest of %q shows it", secret)
		}
		message := []byte("header.payload")
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(message)
		got, ok := d.Sign(message)
		if !ok || !hmac.Equal(got, mac.Sum(nil)) {
			t.Errorf("the digest of %q signs otherwise than its secret", secret)
		}
	}
	for _, d := range []token.Digest{nil, {1}, bytes.Repeat([]byte{7}, 216)} {
		if _, ok := d.Sign(nil); ok || d.Matches("") {
			t.Errorf("%v passes for a digest", d)
		}
	}
}
