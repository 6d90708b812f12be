package api

import (
	"net/http"
	"strings"

	"taskrouter"
	"taskrouter/internal/account"
)

// key is the SID of the key that the path names, and the account it belongs to.
func (c *call) key() (account.Account, taskrouter.KeySID, error) {
	a, err := c.account()
	sid, ok := strings.CutSuffix(c.r.PathValue("Sid"), ".json")
	if err == nil && !ok {
		err = taskrouter.NotFound.Errorf("no such path")
	}
	return a, taskrouter.KeySID(sid), err
}

func listKeys(c *call) error {
	a, err := c.account()
	if err != nil {
		return err
	}
	var list []keyJSON
	for _, k := range c.directory.Keys(a.SID) {
		list = append(list, keyJSONOf(k))
	}
	return sendOldList(c, "keys", list)
}

// createKey makes a key. Its secret is in this answer and in no other one.
func createKey(c *call) error {
	a, err := c.account()
	if err != nil {
		return err
	}
	name := c.friendlyName()
	if c.form.err != nil {
		return c.form.err
	}
	k, secret, err := c.directory.CreateKey(c.r.Context(), a.SID, name)
	if err != nil {
		return err
	}
	made := keyJSONOf(k)
	made.Secret = secret
	return c.answerJSON(http.StatusCreated, made)
}

func readKey(c *call) error {
	a, sid, err := c.key()
	if err != nil {
		return err
	}
	k, err := c.directory.Key(a.SID, sid)
	if err != nil {
		return err
	}
	return c.answerJSON(http.StatusOK, keyJSONOf(k))
}

func updateKey(c *call) error {
	a, sid, err := c.key()
	if err != nil {
		return err
	}
	name := c.friendlyName()
	if c.form.err != nil {
		return c.form.err
	}
	k, err := c.directory.RenameKey(c.r.Context(), a.SID, sid, name)
	if err != nil {
		return err
	}
	return c.answerJSON(http.StatusOK, keyJSONOf(k))
}

func deleteKey(c *call) error {
	a, sid, err := c.key()
	if err != nil {
		return err
	}
	if err := c.directory.DeleteKey(c.r.Context(), a.SID, sid); err != nil {
		return err
	}
	return c.answer(http.StatusNoContent, nil)
}

// A keyJSON is an API key as clients read it.
type keyJSON struct {
	SID          taskrouter.KeySID `json:"sid"`
	FriendlyName string            `json:"friendly_name"`
	DateCreated  string            `json:"date_created"`
	DateUpdated  string            `json:"date_updated"`
	Secret       string            `json:"secret,omitempty"`
}

func keyJSONOf(k account.Key) keyJSON {
	return keyJSON{
		SID: k.SID, FriendlyName: k.FriendlyName,
		DateCreated: oldDate(k.Created), DateUpdated: oldDate(k.Updated),
	}
}
