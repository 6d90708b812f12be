package server

import (
	"taskrouter"
	"taskrouter/internal/account"
	"taskrouter/internal/webhook"
)

// newMessenger returns what makes the callbacks of a server.
func newMessenger(s *Server, accounts *account.Directory) (*webhook.Messenger, error) {
	allow, err := webhook.ParseNetworks(s.config.CallbackAllow)
	if err != nil {
		return nil, err
	}
	return webhook.New(webhook.Options{
		Engine: s.engine,
		Store:  s.store,
		Key: func(sid taskrouter.AccountSID) string {
			secret, _ := accounts.AuthToken(sid)
			return secret
		},
		Allow:  allow,
		GiveUp: s.config.CallbackGiveUp,
		Logger: s.log,
	}), nil
}
