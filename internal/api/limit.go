package api

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"taskrouter"
)

// Where no limit is set, the headers that tell it hold the largest number clients can read.
var (
	headerUnlimited       = []string{strconv.Itoa(math.MaxInt32)}
	headerUnlimitedConfig = []string{"unlimited"}
)

// limits counts the requests of each account.
type limits struct {
	perSecond float64
	burst     int
	config    []string

	mu       sync.Mutex
	accounts map[taskrouter.AccountSID]*rate.Limiter
}

func newLimits(perSecond float64) *limits {
	return &limits{
		perSecond: perSecond,
		burst:     max(1, int(math.Ceil(perSecond))),
		config:    []string{strconv.FormatFloat(perSecond, 'g', -1, 64) + "/1s"},
		accounts:  make(map[taskrouter.AccountSID]*rate.Limiter),
	}
}

// take uses up one request of the account. It returns how many are left and, if there was
// none, how long it takes until there is one.
func (l *limits) take(account taskrouter.AccountSID, now time.Time) (left int, wait time.Duration) {
	l.mu.Lock()
	a := l.accounts[account]
	if a == nil {
		a = rate.NewLimiter(rate.Limit(l.perSecond), l.burst)
		l.accounts[account] = a
	}
	l.mu.Unlock()
	if a.AllowN(now, 1) {
		return int(a.TokensAt(now)), 0
	}
	missing := 1 - a.TokensAt(now)
	return 0, time.Duration(missing / l.perSecond * float64(time.Second))
}

// admit refuses the request if its account makes too many.
func (c *call) admit() error {
	if c.limits == nil {
		return nil
	}
	left, wait := c.limits.take(c.from.Account, c.at)
	h := c.w.Header()
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(c.limits.burst))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
	h["X-Rate-Limit-Config"] = c.limits.config
	if wait == 0 {
		return nil
	}
	retryAfter(h, wait)
	return taskrouter.Limit.Errorf("Too many requests: account %s may make %s; wait %s",
		c.from.Account, c.limits.config[0], wait.Round(time.Millisecond))
}

// retryAfter tells the client when to try again, in whole seconds.
func retryAfter(h http.Header, wait time.Duration) {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	h.Set("Retry-After", strconv.Itoa(seconds))
}
