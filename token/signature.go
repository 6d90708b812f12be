package token

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// SignatureHeader is the header of a callback that proves who sent it.
const SignatureHeader = "X-Twilio-Signature"

// bodyHash is the parameter of a URL that holds the hash of a body which is not a form.
const bodyHash = "bodySHA256"

// SignForm returns the signature of a request that posts a form to a URL. The secret is the
// account's auth token; the URL is the one that the receiver is known by, with its query and
// without credentials and fragment, which no receiver sees. Of a parameter that is repeated the
// first value counts; callbacks repeat none. Spec: callbacks 4
func SignForm(secret, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		mac.Write([]byte(name))
		mac.Write([]byte(form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// SignBody returns the URL to post a body to that is not a form, which is address with the hash
// of the body added to its query, and the signature of that request. Spec: callbacks 4
func SignBody(secret, address string, body []byte) (signed, signature string) {
	sum := sha256.Sum256(body)
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	signed = address + separator + bodyHash + "=" + hex.EncodeToString(sum[:])
	return signed, SignForm(secret, signed, nil)
}

// CheckForm reports whether a request that posted a form to a URL was signed with one of the
// secrets. Senders do not agree on whether a port belongs to the URL, so both are tried. The time
// it takes tells nothing about the secrets.
func CheckForm(secrets []string, address string, form url.Values, signature string) bool {
	return check(secrets, address, form, signature)
}

// CheckBody is [CheckForm] for a body that is not a form. Address is the URL as it was requested,
// with the hash in its query.
func CheckBody(secrets []string, address string, body []byte, signature string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(body)
	given := []byte(u.Query().Get(bodyHash))
	right := hmac.Equal(given, []byte(hex.EncodeToString(sum[:])))
	return check(secrets, address, nil, signature) && right
}

func check(secrets []string, address string, form url.Values, signature string) bool {
	ok := false
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		for _, a := range portSpellings(address) {
			if hmac.Equal([]byte(SignForm(secret, a, form)), []byte(signature)) {
				ok = true
			}
		}
	}
	return ok
}

// portSpellings are a URL as it is, and with its port left out or the scheme's port put in.
func portSpellings(address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return []string{address}
	}
	host, other := u.Host, ""
	switch {
	case u.Port() != "":
		other = strings.TrimSuffix(host, ":"+u.Port())
	case u.Scheme == "https":
		other = host + ":443"
	default:
		other = host + ":80"
	}
	// Replacing text keeps every other byte as it is. The host's may stand before it, too: in the
	// scheme, or as somebody's name.
	scheme, rest, _ := strings.Cut(address, "://")
	end := strings.IndexAny(rest+"/", "/?#")
	before, ok := strings.CutSuffix(rest[:end], host)
	if !ok {
		return []string{address}
	}
	return []string{address, scheme + "://" + before + other + rest[end:]}
}
