package api

import (
	"taskrouter"
	"taskrouter/internal/engine"
)

// actorAccount is the type of actor of requests with an account's own credentials.
const actorAccount = "account"

// authenticate finds out who asks: the principal that the event bridge put in the context, or
// the account whose credentials the request carries. Spec: rest-api 1, 2.1
// What shows a workspace live takes capability tokens, too.
func (c *call) authenticate() error {
	if p, ok := engine.PrincipalFrom(c.r.Context()); ok {
		c.from, c.inner = p, true
		return nil
	}
	user, password, given := c.r.BasicAuth()
	if !given && c.isLive() {
		var err error
		switch c.from, c.until, given, err = c.live.Bearer(c.r); {
		case err != nil && taskrouter.KindOf(err) == taskrouter.Unauthorized:
			return c.unauthorized(err.Error())
		case given:
			return err
		}
	}
	if !given {
		return c.unauthorized("the request has no credentials; send the account SID as user " +
			"and its auth token as password (HTTP Basic)")
	}
	account, ok := c.accounts(c.r.Context(), user, password)
	if !ok {
		return c.unauthorized("Authenticate: user and password of the request open no account")
	}
	c.from = engine.Principal{
		Account: account,
		Actor: taskrouter.Actor{
			Type: actorAccount, SID: string(account), IP: clientIP(c.r),
		},
	}
	return nil
}

func (c *call) unauthorized(message string) error {
	c.w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	return taskrouter.Unauthorized.Errorf("%s", message)
}
