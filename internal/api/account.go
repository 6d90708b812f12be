package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"taskrouter"
	"taskrouter/internal/account"
)

const accountsRoot = "/2010-04-01/Accounts"

// accountResources are the paths by which accounts, their auth tokens and API keys are managed.
// They belong to other parts of the hosted service's API than the rest, and look like those.
// The last element of a path of 2010 ends in .json. Spec: accounts 1
var accountResources = map[string]resource{
	accountsRoot + ".json":         {get: listAccounts, post: createAccount},
	accountsRoot + "/{AccountSid}": {get: readAccount, post: updateAccount},

	accountsRoot + "/{AccountSid}/Keys.json":  {get: listKeys, post: createKey},
	accountsRoot + "/{AccountSid}/Keys/{Sid}": {readKey, updateKey, deleteKey},

	"/v1/AuthTokens/Secondary": {post: createSecondaryToken, delete: deleteSecondaryToken},
	"/v1/AuthTokens/Promote":   {post: promoteSecondaryToken},
}

// manager makes sure that the request may manage accounts: with the account's own credentials,
// which neither a page nor an API key has.
func (c *call) manager() error {
	if user, _, _ := c.r.BasicAuth(); c.inner || strings.HasPrefix(user, taskrouter.PrefixKey) {
		return taskrouter.Forbidden.Errorf("accounts, auth tokens and API keys are managed with " +
			"the account SID and its auth token alone, not with an API key")
	}
	return c.form.err
}

// account is the account that the path names: the caller's own, or one that it owns.
func (c *call) account() (account.Account, error) {
	if err := c.manager(); err != nil {
		return account.Account{}, err
	}
	sid := taskrouter.AccountSID(strings.TrimSuffix(c.r.PathValue("AccountSid"), ".json"))
	a, ok := c.directory.Account(sid)
	if !ok || a.SID != c.from.Account && a.Owner != c.from.Account {
		return account.Account{}, taskrouter.NotFound.Errorf("no account %s", sid)
	}
	return a, nil
}

func readAccount(c *call) error {
	if !strings.HasSuffix(c.r.PathValue("AccountSid"), ".json") {
		return taskrouter.NotFound.Errorf("no such path")
	}
	a, err := c.account()
	if err != nil {
		return err
	}
	return c.answerJSON(http.StatusOK, accountJSONOf(a))
}

func listAccounts(c *call) error {
	if err := c.manager(); err != nil {
		return err
	}
	name, status := c.form.filter("FriendlyName"), c.form.filter("Status")
	var list []accountJSON
	for _, a := range c.directory.Accounts(c.from.Account) {
		if is(name, a.FriendlyName) && is(status, string(a.Status)) {
			list = append(list, accountJSONOf(a))
		}
	}
	return sendOldList(c, "accounts", list)
}

// createAccount makes an account that the caller owns. What is owned owns nothing, so that
// nobody has to follow chains to know who is responsible.
func createAccount(c *call) error {
	if err := c.manager(); err != nil {
		return err
	}
	if a, _ := c.directory.Account(c.from.Account); a.Owner != "" {
		return taskrouter.Forbidden.Errorf("account %s belongs to account %s, which alone can "+
			"make further ones", a.SID, a.Owner)
	}
	name := c.friendlyName()
	if name == "" {
		name = "SubAccount Created at " + c.at.UTC().Format("2006-01-02 03:04 pm")
	}
	if c.form.err != nil {
		return c.form.err
	}
	a, err := c.directory.Create(c.r.Context(), c.from.Account, account.Account{FriendlyName: name})
	if err != nil {
		return err
	}
	return c.answerJSON(http.StatusCreated, accountJSONOf(a))
}

func updateAccount(c *call) error {
	a, err := c.account()
	if err != nil {
		return err
	}
	name := c.friendlyName()
	status := optWord(&c.form, "Status",
		account.Active, account.Suspended, account.Closed)
	if c.form.err != nil {
		return c.form.err
	}
	if status != nil && *status != a.Status && a.SID == c.from.Account {
		return taskrouter.Invalid.Errorf("account %s can't be made %s by itself; the account "+
			"that owns it can do that", a.SID, *status).At("Status")
	}
	a, err = c.directory.Update(c.r.Context(), a.SID, func(a *account.Account) error {
		if a.Status == account.Closed && status != nil && *status != a.Status {
			return taskrouter.Invalid.Errorf("account %s is closed, which is for ever", a.SID).
				At("Status")
		}
		if name != "" {
			a.FriendlyName = name
		}
		if status != nil {
			a.Status = *status
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.answerJSON(http.StatusOK, accountJSONOf(a))
}

// friendlyName reads the name of an account or key, empty if it is not given.
func (c *call) friendlyName() string {
	name := c.form.text("FriendlyName")
	if n := utf8.RuneCountInString(name); n > taskrouter.MaxFriendlyName {
		c.form.fail("FriendlyName", "FriendlyName is %d characters long; at most %d are allowed", n,
			taskrouter.MaxFriendlyName)
	}
	return name
}

func createSecondaryToken(c *call) error {
	if err := c.manager(); err != nil {
		return err
	}
	a, err := c.directory.MakeSecondary(c.r.Context(), c.from.Account)
	if err != nil {
		return err
	}
	return c.answerJSON(http.StatusCreated, map[string]any{
		"account_sid":          a.SID,
		"secondary_auth_token": a.SecondaryToken,
		"date_created":         a.Updated.Format(time.RFC3339),
		"date_updated":         a.Updated.Format(time.RFC3339),
		"url":                  c.origin() + "/v1/AuthTokens/Secondary",
	})
}

func deleteSecondaryToken(c *call) error {
	if err := c.manager(); err != nil {
		return err
	}
	if _, err := c.directory.DropSecondary(c.r.Context(), c.from.Account); err != nil {
		return err
	}
	return c.answer(http.StatusNoContent, nil)
}

func promoteSecondaryToken(c *call) error {
	if err := c.manager(); err != nil {
		return err
	}
	a, err := c.directory.Promote(c.r.Context(), c.from.Account)
	if err != nil {
		return err
	}
	return c.answerJSON(http.StatusOK, map[string]any{
		"account_sid":  a.SID,
		"auth_token":   a.AuthToken,
		"date_created": a.Created.Format(time.RFC3339),
		"date_updated": a.Updated.Format(time.RFC3339),
		"url":          c.origin() + "/v1/AuthTokens/Promote",
	})
}

// An accountJSON is an account as clients read it.
type accountJSON struct {
	SID             taskrouter.AccountSID `json:"sid"`
	OwnerAccountSID taskrouter.AccountSID `json:"owner_account_sid"`
	FriendlyName    string                `json:"friendly_name"`
	Status          account.Status        `json:"status"`
	Type            string                `json:"type"`
	AuthToken       string                `json:"auth_token"`
	DateCreated     string                `json:"date_created"`
	DateUpdated     string                `json:"date_updated"`
	URI             string                `json:"uri"`
	Subresources    map[string]string     `json:"subresource_uris"`
}

func accountJSONOf(a account.Account) accountJSON {
	owner := a.Owner
	if owner == "" {
		owner = a.SID // as the hosted service has it
	}
	uri := accountsRoot + "/" + string(a.SID)
	return accountJSON{
		SID: a.SID, OwnerAccountSID: owner, FriendlyName: a.FriendlyName, Status: a.Status,
		Type: "Full", AuthToken: a.AuthToken,
		DateCreated: oldDate(a.Created), DateUpdated: oldDate(a.Updated),
		URI:          uri + ".json",
		Subresources: map[string]string{"keys": uri + "/Keys.json"},
	}
}

// oldDate is a date as the API of 2010 writes it, RFC 2822.
func oldDate(t time.Time) string { return t.UTC().Format(time.RFC1123Z) }

// answerJSON answers with a value that is not asked for often.
func (c *call) answerJSON(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.answer(status, body)
}

// sendOldList answers with a page of a list, as the API of 2010 writes it: with numbered pages
// and relative addresses.
func sendOldList[T any](c *call, key string, list []T) error {
	size, number := defaultPageSize, 0
	if n := c.form.optNumber("PageSize", 1, maxPageSize); n != nil {
		size = *n
	}
	if n := c.form.optNumber("Page", 0, 1<<20); n != nil {
		number = *n
	}
	if c.form.err != nil {
		return c.form.err
	}
	from := min(number*size, len(list))
	to := min(from+size, len(list))
	page := func(n int, exists bool) any {
		if !exists {
			return nil
		}
		base := strings.TrimPrefix(c.listURL(), c.origin())
		return pageURL(base, size, n, "")
	}
	items := list[from:to]
	if items == nil {
		items = []T{}
	}
	return c.answerJSON(http.StatusOK, map[string]any{
		key:                 items,
		"page":              number,
		"page_size":         size,
		"start":             from,
		"end":               max(from, to-1),
		"uri":               page(number, true),
		"first_page_uri":    page(0, true),
		"next_page_uri":     page(number+1, to < len(list)),
		"previous_page_uri": page(number-1, number > 0),
	})
}
