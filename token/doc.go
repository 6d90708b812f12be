// Package token mints, reads and checks capability tokens: what a browser shows to the event
// bridge instead of an account's secret. It also signs what the server sends.
//
// # The token
//
// A capability token is a JSON Web Token, signed with HMAC-SHA256. The key is the text of the
// account's auth token. Any server that knows the auth token can mint one, with this package or
// with an official helper library; nobody has to ask the bridge first. Its claims say who speaks
// and about what:
//
//	iss, account_sid   the account, twice the same
//	workspace_sid      the workspace; nothing outside it is ever allowed
//	channel            the one channel the bearer may open: a worker (WK…), a task queue (WQ…)
//	                   or the workspace itself (WS…)
//	worker_sid         the channel again, when it is a worker
//	taskqueue_sid      the channel again, when it is a task queue
//	friendly_name      free text
//	version            v1, the language of the policies
//	exp, nbf           end and start of its life, in seconds; exp is required
//	policies           what the bearer may do
//
// [Read] believes none of this before the signature has been checked against every secret of
// the account. What it returns is a [Capability]; a token it cannot trust is an [Error] with
// status 401.
//
// # Policies
//
// A [Policy] names a method and a URL and says whether the pair is allowed. The bearer asks for
// a GET on its channel to open the socket, a POST on its channel to send a request, and then the
// method of the inner request on the inner URL:
//
//	{"url": "https://taskrouter.twilio.com/v1/Workspaces/WS…/Tasks/**", "method": "GET",
//	 "query_filter": {}, "post_filter": {}, "allow": true}
//
// Only paths are compared. Helper libraries write the hosted service's name into every policy, so
// scheme and host carry no meaning, neither in a policy nor in a request. Both sides go through
// [Path] before anything is compared, so that a path has one spelling only.
//
// A policy's URL fits by its end:
//
//	X       exactly X
//	X/*     X and one more segment
//	X/**    anything below X; a right to GET also X itself when it is a list (…/Tasks)
//
// A star anywhere else is an ordinary character. Of the policies that fit, the most specific one
// decides: the one with the longer part before the wildcard; then X before X/* before X/**; then
// one with filters before one without. Its "allow" is the answer. If two policies of the same
// weight fit and disagree, or none fits, the answer is no.
//
// # Filters
//
// A filter lists parameters and what they must be: present with a value, present, or optional.
// A filter with entries is closed, a parameter it does not list makes the policy not fit. An
// absent, null or empty filter asks nothing. The query_filter looks at the parameters of a GET
// or DELETE and at the query of the URL; the post_filter looks at the parameters of a POST. A
// POST rarely has a query; one that has, under a policy that filters only the body, does not fit,
// for otherwise the query would carry what the filter keeps out.
//
// # What cannot be understood
//
// A policy that cannot be read (no URL, a method other than GET, POST and DELETE, an "allow" that
// is not a boolean, a malformed filter) is left out and reported in [Capability.Skipped]. It never
// allows anything, and it does not spoil the token.
//
// # Lenient reading
//
// The published samples for Node and Ruby grant POST on …/Activities and on the worker's
// reservations, meaning "may change its activity" and "may accept reservations", but the browser
// client sends these requests to other addresses of the same things. With [Options].Lenient such
// grants are read by what they mean. It adds rights only where no policy decides, and only
// for tokens with a worker_sid.
//
// # Minting
//
// A [Grant] names rights the way helper libraries do and mints the token; [Mint] takes the claims
// as they are.
//
// # Signatures
//
// The server's own requests, its callbacks, carry a signature made with the same secret, so that
// a receiver knows who calls: [SignForm] and [SignBody] make it, [CheckForm] and [CheckBody] are
// for receivers written in Go.
//
// Everything here is a pure function of its arguments, and safe for concurrent use.
package token
