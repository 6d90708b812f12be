package api

import (
	"net/http"
	"strconv"
	"strings"

	"taskrouter"
)

// Header values that every answer shares; nobody changes them.
var (
	headerJSON   = []string{"application/json; charset=utf-8"}
	headerAnyone = []string{"*"}
	headerVerbs  = []string{"GET, POST, DELETE, OPTIONS"}
	headerAsk    = []string{"Accept, Authorization, Content-Type, If-Match, If-Modified-Since, " +
		"If-None-Match, If-Unmodified-Since, Last-Event-ID, " + idempotencyHeader +
		", apiVersion, clientVersion"}
	headerExpose = []string{"ETag, Retry-After, Twilio-Request-Id, X-Rate-Limit-Limit, " +
		"X-Rate-Limit-Remaining, X-Rate-Limit-Config"}
)

// header sets what every answer carries, errors included. Allow-Credentials is not among it:
// together with an origin of * browsers refuse it, and REST has no cookies to protect.
// Spec: rest-api 1, event-bridge 5
func (c *call) header() {
	h := c.w.Header()
	h["Twilio-Request-Id"] = []string{c.id}
	h["Access-Control-Allow-Origin"] = headerAnyone
	h["Access-Control-Allow-Methods"] = headerVerbs
	h["Access-Control-Allow-Headers"] = headerAsk
	h["Access-Control-Expose-Headers"] = headerExpose
	h["X-Rate-Limit-Limit"] = headerUnlimited
	h["X-Rate-Limit-Remaining"] = headerUnlimited
	h["X-Rate-Limit-Config"] = headerUnlimitedConfig
}

// preflight answers OPTIONS, which browsers send without credentials.
func (c *call) preflight(allowed string) {
	c.sent = true
	h := c.w.Header()
	h.Set("Access-Control-Max-Age", "600")
	h.Set("Allow", allowed)
	c.w.WriteHeader(http.StatusNoContent)
}

// etag tells the version of the thing in the answer. Spec: rest-api 4
func (c *call) etag(version int) {
	c.w.Header()["Etag"] = []string{`"` + strconv.Itoa(version) + `"`}
}

// ifMatch is the version that the client means to change; nil = whichever there is. The ETag
// may stand without its quotes, or as a weak one. Spec: rest-api 4
func (c *call) ifMatch() *int {
	text := strings.TrimSpace(c.r.Header.Get("If-Match"))
	if text == "" || text == "*" {
		return nil
	}
	number := strings.Trim(strings.TrimPrefix(text, "W/"), `"`)
	version, err := strconv.Atoi(number)
	if err != nil || version < 0 {
		c.form.failWith(taskrouter.Conflict.Errorf("If-Match %s names no version of the "+
			"resource; send the ETag of an answer, a number in quotes", shorten(text)))
		return nil
	}
	return &version
}
