package token

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Request is what the bearer of a token asks the server to do in its name.
type Request struct {
	// Method is the inner method: GET, POST or DELETE.
	Method string
	// URL is the inner URL as sent: absolute or relative, with its query.
	URL string
	// Params are the parameters beside the URL, as form text, those that were null left out.
	// For a GET or DELETE they are its query, for a POST its body.
	Params url.Values
}

// Options says how policies are read. The zero value is strict.
type Options struct {
	// Lenient reads two kinds of rights of worker tokens by their meaning, where no policy
	// decides about the request itself: POST on …/Activities also allows to set the worker's own
	// activity, and a right on a reservation under one of its two addresses, …/Tasks/WT…/ and
	// …/Workers/WK…/, is a right on it under the other.
	Lenient bool
	// TaskOf returns the task of a reservation that belongs to the token's worker; ok is false
	// for every other reservation. Lenient reading of reservations needs it; it is called with
	// well-formed SIDs only, and only when the answer matters.
	TaskOf func(reservation string) (task string, ok bool)
}

// Allows returns nil if the token's policies allow a request, and an *[Error] otherwise: 403,
// naming method and path and what right is missing, or 400 if the URL cannot be read (see
// [Path]). Nothing outside the token's workspace is allowed, whatever the policies say.
//
// Allows does not ask for the right to send requests at all: that is [Capability.AllowsPost].
//
// Spec: capability-tokens 2
func (c *Capability) Allows(r Request, o Options) error {
	path, query, err := Path(r.URL)
	if err != nil {
		return err
	}
	workspace := workspacePath(c.Workspace)
	if path != workspace && !strings.HasPrefix(path, workspace+"/") {
		return forbidden("%s %s is outside workspace %s, which the token is for",
			shownMethod(r.Method), shown(path), c.Workspace)
	}
	q := question{method: r.Method, path: path, query: query}
	if r.Method == "POST" {
		q.form = r.Params
	} else {
		q.query = merged(query, r.Params)
	}
	answer := c.decide(q)
	open := answer.verdict == unspoken || answer.verdict == unfit
	if open && (c.explains(q) || o.Lenient && c.meant(q, o)) {
		return nil
	}
	return answer.refusal(q)
}

// AllowsSocket returns nil if the bearer may open the socket of a channel, and an *[Error] with
// status 403 otherwise. Account and channel are those of the path that was called.
func (c *Capability) AllowsSocket(account, channel string) error {
	return c.allowsChannel("GET", account, channel)
}

// AllowsPost returns nil if the bearer may send requests through a channel, and an *[Error] with
// status 403 otherwise. Account and channel are those of the path that was called.
func (c *Capability) AllowsPost(account, channel string) error {
	return c.allowsChannel("POST", account, channel)
}

// Spec: event-bridge 2
func (c *Capability) allowsChannel(method, account, channel string) error {
	if account != c.Account {
		return forbidden("the token is for account %s, not for the path's %s",
			c.Account, shown(account))
	}
	if channel != c.Channel {
		return forbidden("the token is for channel %s, not for the path's %s",
			c.Channel, shown(channel))
	}
	q := question{method: method, path: channelPath(account, channel)}
	return c.decide(q).refusal(q)
}

// A question is a request in the terms of rules.
type question struct {
	method, path string
	query, form  url.Values
}

// A verdict is what the policies have to say about a question.
type verdict uint8

const (
	unspoken    verdict = iota // none covers method and path
	unfit                      // some do, but their filters do not admit the parameters
	refused                    // the deciding one refuses
	conflicting                // two of the same weight disagree
	allowed
)

// An answer is a verdict and the rule it comes from, if there is one.
type answer struct {
	verdict verdict
	rule    *rule
}

// decide finds the most specific rule that fits.
// Spec: capability-tokens 3
func (c *Capability) decide(q question) answer {
	var best answer
	for i := range c.rules {
		r := &c.rules[i]
		if r.Method != q.method || !r.covers(q.path) {
			continue
		}
		if !r.admits(q) {
			if best.rule == nil {
				best.verdict = unfit
			}
			continue
		}
		says := refused
		if r.Allow {
			says = allowed
		}
		weight := 1
		if best.rule != nil {
			weight = r.compare(best.rule)
		}
		switch {
		case weight > 0:
			best = answer{says, r}
		case weight == 0 && best.verdict != says:
			best.verdict = conflicting
		}
	}
	return best
}

// covers reports whether the rule's URL fits a path. A right to read what is below a list covers
// the list too; a right to change what is below it does not make anything in it.
func (r *rule) covers(path string) bool {
	rest, ok := strings.CutPrefix(path, r.literal)
	if !ok {
		return false
	}
	if rest == "" {
		return r.reach == exact ||
			r.reach == below && r.Method == "GET" && isCollection(r.literal)
	}
	if rest[0] != '/' || r.reach == exact {
		return false
	}
	return r.reach == below || strings.IndexByte(rest[1:], '/') < 0
}

// isCollection reports whether a path ends in the name of a list or of a list's figures, rather
// than in a SID. The default worker policies grant …/Reservations/** only, and the client loads
// …/Reservations on every connect.
func isCollection(path string) bool {
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "Activities", "Events", "Tasks", "TaskChannels", "TaskQueues", "Workers", "Workflows",
		"Reservations", "Channels", "WorkerChannels", "Transfers",
		"Statistics", "RealTimeStatistics", "CumulativeStatistics":
		return true
	}
	return false
}

// admits reports whether the parameters of a question satisfy the rule's filters.
func (r *rule) admits(q question) bool {
	if !r.QueryFilter.admits(q.query) {
		return false
	}
	if q.method != "POST" || len(r.PostFilter) == 0 {
		return true
	}
	// A filtered body is closed, and a query must not carry what the body may not.
	return r.PostFilter.admits(q.form) && (len(r.QueryFilter) > 0 || len(q.query) == 0)
}

// compare is positive if r is more specific than s. Both fit the same question, so literal parts
// of the same length are equal.
func (r *rule) compare(s *rule) int {
	return cmp.Or(
		cmp.Compare(len(r.literal), len(s.literal)),
		cmp.Compare(r.reach, s.reach),
		cmp.Compare(r.filtered(), s.filtered()),
	)
}

// filtered is 1 if the rule has a filter that binds its method, and 0 otherwise.
func (r *rule) filtered() int {
	if len(r.QueryFilter) > 0 || r.Method == "POST" && len(r.PostFilter) > 0 {
		return 1
	}
	return 0
}

// explains reports whether a request about which no policy decides asks why nothing comes to a
// worker, and the token may read that worker.
// Spec: capability-tokens 3
func (c *Capability) explains(q question) bool {
	workers := workspacePath(c.Workspace) + "/Workers/"
	worker, ok := strings.CutSuffix(strings.TrimPrefix(q.path, workers), "/Explanation")
	if !ok || q.method != "GET" || !isSID(worker, "WK") {
		return false
	}
	q.path = workers + worker
	return c.decide(q).verdict == allowed
}

// meant reports whether a request about which no policy decides is allowed by what one means.
// Spec: capability-tokens 4
func (c *Capability) meant(q question, o Options) bool {
	if c.Worker == "" {
		return false
	}
	workspace := workspacePath(c.Workspace)
	if q.method == "POST" && q.path == workerPath(c.Workspace, c.Worker) {
		if len(q.query) > 0 || !onlyActivity().admits(q.form) {
			return false
		}
		list := workspace + "/Activities"
		for _, path := range []string{list, list + "/any"} {
			q.path = path
			a := c.decide(q)
			if a.verdict == allowed && a.rule.literal == list &&
				(a.rule.reach == exact || a.rule.reach == below) {
				return true
			}
		}
		return false
	}
	other, ok := c.otherAddress(q.path, o)
	if !ok {
		return false
	}
	q.path = other
	return c.decide(q).verdict == allowed
}

// otherAddress returns the second address of a reservation of the token's worker.
func (c *Capability) otherAddress(path string, o Options) (string, bool) {
	if o.TaskOf == nil {
		return "", false
	}
	tasks := workspacePath(c.Workspace) + "/Tasks/"
	own := workerPath(c.Workspace, c.Worker) + "/Reservations/"
	if reservation, ok := strings.CutPrefix(path, own); ok {
		if !isSID(reservation, "WR") {
			return "", false
		}
		task, ok := o.TaskOf(reservation)
		return tasks + task + "/Reservations/" + reservation, ok && isSID(task, "WT")
	}
	rest, ok := strings.CutPrefix(path, tasks)
	if !ok {
		return "", false
	}
	task, reservation, _ := strings.Cut(rest, "/Reservations/")
	if !isSID(task, "WT") || !isSID(reservation, "WR") {
		return "", false
	}
	actual, ok := o.TaskOf(reservation)
	return own + reservation, ok && actual == task
}

// refusal turns an answer into an error, or into nil if it allows.
func (a answer) refusal(q question) error {
	if a.verdict == allowed {
		return nil
	}
	what := shownMethod(q.method) + " " + shown(q.path)
	switch a.verdict {
	case unfit:
		return forbidden("%s is not allowed with %s: a policy of the token covers it, but the "+
			"policy's filter does not admit them", what, q.parameters())
	case refused:
		return forbidden("%s is refused by the token's policy for %s %s, which says allow false",
			what, a.rule.Method, shown(a.rule.URL))
	case conflicting:
		return forbidden("%s is refused: two policies of the token for %s %s disagree; "+
			"remove one of them", what, a.rule.Method, shown(a.rule.URL))
	}
	return forbidden("%s is not allowed by any policy of the token; "+
		"mint it with a policy for this method and path", what)
}

// parameters names the parameters of a question, without their values.
func (q question) parameters() string {
	names := slices.Sorted(maps.Keys(q.query))
	names = slices.Compact(append(names, slices.Sorted(maps.Keys(q.form))...))
	if len(names) == 0 {
		return "no parameters"
	}
	return "parameters " + shown(strings.Join(names, ", "))
}

func shownMethod(method string) string {
	switch method {
	case "GET", "POST", "DELETE":
		return method
	}
	return shown(method)
}

// merged returns the values of both; it changes neither.
func merged(a, b url.Values) url.Values {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	sum := make(url.Values, len(a)+len(b))
	for _, part := range []url.Values{a, b} {
		for name, values := range part {
			sum[name] = append(sum[name], values...)
		}
	}
	return sum
}

func workspacePath(workspace string) string { return "/v1/Workspaces/" + workspace }

func workerPath(workspace, worker string) string {
	return workspacePath(workspace) + "/Workers/" + worker
}

func channelPath(account, channel string) string {
	return "/v1/wschannels/" + account + "/" + channel
}
