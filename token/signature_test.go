package token_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/twilio/twilio-go/client"

	"taskrouter/token"
)

// The vectors that official validators are tested with.
const (
	signedURL  = "https://mycompany.com/myapp.php?foo=1&bar=2"
	bodySum    = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
	signingKey = "12345"
)

var (
	signedForm = url.Values{
		"Digits": {"1234"}, "CallSid": {"CA1234567890ABCDE"}, "To": {"+18005551212"},
		"Caller": {"+14158675309"}, "From": {"+14158675309"},
		"ReasonConferenceEnded": {"test"}, "Reason": {"Participant"},
	}
	signedBody = []byte(`{"property": "value", "boolean": true}`)
)

func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	plain := strings.Replace(signedURL, "https", "http", 1)
	for _, tt := range []struct {
		name string
		got  string
		want string
	}{
		{"form", token.SignForm(signingKey, signedURL, signedForm), "vOEb5UThFn24KEfnOFLQY2AE5FY="},
		{"http", token.SignForm(signingKey, plain, signedForm), "n2xBNyzSW7rfYStDtOFiFMv7qNo="},
		{"short form", token.SignForm(signingKey, signedURL,
			url.Values{"property": {"value"}, "boolean": {"true"}}), "NBdBDr/T/lgjI+tlgpXjKZQZs/k="},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: signature is %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	for _, tt := range []struct{ address, signed, signature string }{
		{signedURL, signedURL + "&bodySHA256=" + bodySum, "a9nBmqA0ju/hNViExpshrM61xv4="},
		{"https://mycompany.com/myapp.php",
			"https://mycompany.com/myapp.php?bodySHA256=" + bodySum, "y77kIzt2vzLz71DgmJGsen2scGs="},
	} {
		signed, signature := token.SignBody(signingKey, tt.address, signedBody)
		if signed != tt.signed || signature != tt.signature {
			t.Errorf("SignBody(%s) = %s, %s; want %s, %s", tt.address, signed, signature,
				tt.signed, tt.signature)
		}
	}
}

func TestCheckSignature(t *testing.T) {
	t.Parallel()
	const of = "vOEb5UThFn24KEfnOFLQY2AE5FY="
	changed := url.Values{}
	for k, v := range signedForm {
		changed[k] = v
	}
	changed.Set("Digits", "1235")
	withPort := token.SignForm(signingKey, "https://mycompany.com:443/hook", nil)
	for _, tt := range []struct {
		name, address string
		secrets       []string
		form          url.Values
		signature     string
		want          bool
	}{
		{"right", signedURL, []string{signingKey}, signedForm, of, true},
		{"second secret", signedURL, []string{"other", signingKey}, signedForm, of, true},
		{"first secret of two", signedURL, []string{signingKey, "other"}, signedForm, of, true},
		{"other secret", signedURL, []string{"other"}, signedForm, of, false},
		{"no secret", signedURL, nil, signedForm, of, false},
		{"empty secret", signedURL, []string{""}, signedForm,
			token.SignForm("", signedURL, signedForm), false},
		{"no signature", signedURL, []string{signingKey}, signedForm, "", false},
		{"another parameter", signedURL, []string{signingKey}, changed, of, false},
		{"another URL", signedURL + "3", []string{signingKey}, signedForm, of, false},
		{"port that the signer left out", "https://mycompany.com:1234/myapp.php?foo=1&bar=2",
			[]string{signingKey}, signedForm, of, true},
		{"port that the signer added", "https://mycompany.com/hook", []string{signingKey}, nil,
			withPort, true},
	} {
		if got := token.CheckForm(tt.secrets, tt.address, tt.form, tt.signature); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	signed, signature := token.SignBody(signingKey, signedURL, signedBody)
	secrets := []string{signingKey}
	if !token.CheckBody(secrets, signed, signedBody, signature) {
		t.Error("a signed body is refused")
	}
	if token.CheckBody(secrets, signed, append([]byte(" "), signedBody...), signature) {
		t.Error("a changed body is accepted")
	}
	if token.CheckBody(secrets, signedURL, signedBody, of) {
		t.Error("a body whose hash is not signed is accepted")
	}
}

// TestOfficialValidator has the validator of the Go library check what we sign.
func TestOfficialValidator(t *testing.T) {
	t.Parallel()
	validator := client.NewRequestValidator("secret")
	form := url.Values{"TaskAttributes": {`{"name":"Jürgen & Söhne","n":[1,2]}`},
		"TaskAge": {"0"}, "Empty": {""}}
	for _, address := range []string{
		"https://example.com/hook", "https://example.com", "http://example.com:8080/a?b=c&d=%20",
		"https://example.com:443/hook", "http://[2606:2800::1]/hook",
	} {
		body := []byte(form.Encode())
		if !validator.ValidateBody(address, body, token.SignForm("secret", address, form)) {
			t.Errorf("the official validator refuses a form for %s", address)
		}
		signed, signature := token.SignBody("secret", address, signedBody)
		if !validator.ValidateBody(signed, signedBody, signature) {
			t.Errorf("the official validator refuses a body for %s", signed)
		}
	}
}

// TestPortOfAHostThatLooksLikeTheScheme tries addresses in which the host's name stands before it
// as well, as short names of machines in one network do.
func TestPortOfAHostThatLooksLikeTheScheme(t *testing.T) {
	t.Parallel()
	for with, without := range map[string]string{
		"http://h:80/h":           "http://h/h",
		"https://https:443/https": "https://https/https",
		"http://p:80?p":           "http://p?p",
		"http://u:h@h:80/":        "http://u:h@h/",
	} {
		signature := token.SignForm("secret", with, nil)
		if !token.CheckForm([]string{"secret"}, without, nil, signature) {
			t.Errorf("the signature of %s does not do for %s", with, without)
		}
		signature = token.SignForm("secret", without, nil)
		if !token.CheckForm([]string{"secret"}, with, nil, signature) {
			t.Errorf("the signature of %s does not do for %s", without, with)
		}
	}
}

// TestCheckOddAddresses has addresses that are none be refused, and nothing worse.
func TestCheckOddAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "//h", "//h/x", "h", "http://", "http://[fe80::1%25en0]/x"} {
		if token.CheckForm([]string{"secret"}, address, nil, "c2lnbmF0dXJl") {
			t.Errorf("%q has the right signature", address)
		}
	}
}
