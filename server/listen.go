package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

// An AddressError is an address that cannot be listened on.
type AddressError struct {
	Address string
	Taken   bool // by another process
	Err     error
}

// Error names the address and what is wrong with it.
func (e *AddressError) Error() string {
	if e.Taken {
		return fmt.Sprintf("address %s is taken by another process", e.Address)
	}
	return fmt.Sprintf("cannot listen on %s: %v", e.Address, e.Err)
}

// Unwrap returns the system's error.
func (e *AddressError) Unwrap() error { return e.Err }

// listen takes an address.
func listen(address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, &AddressError{Address: address, Err: errors.New("it is not host:port")}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		taken := errors.Is(err, syscall.EADDRINUSE)
		return nil, &AddressError{Address: address, Taken: taken, Err: err}
	}
	return l, nil
}

// httpServer returns a server with limits that a slow or greedy client runs into. Sockets leave
// it when they are taken over, and these limits with it. It speaks HTTP/1.1 only: browser
// clients read the reason phrase, which later versions do not have.
func httpServer(h http.Handler, log *slog.Logger) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10, // a browser's token travels in the request line
		Protocols:         &protocols,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// A certificate is a pair of PEM files, read again when they change.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	changed time.Time // of the younger file, when pair was read
	checked time.Time
}

// certificateCheck is how long a certificate is used without a look at its files.
const certificateCheck = time.Minute

// newTLS returns a TLS configuration with the certificate in the two files.
func newTLS(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.read(); err != nil {
		return nil, err
	}
	c.checked = time.Now()
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.current(time.Now()), nil
		},
	}, nil
}

// current is the certificate to show now. A pair that cannot be read, because it is just being
// replaced, leaves the one before in place.
func (c *certificate) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.checked) >= certificateCheck {
		c.checked = now
		if err := c.read(); err != nil {
			c.log.Warn("certificate cannot be read again; the one before stays", "err", err)
		}
	}
	return c.pair
}

// read loads the pair if its files are not the ones that were read before.
func (c *certificate) read() error {
	var changed time.Time
	for _, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("TLS certificate: %w", err)
		}
		if t := info.ModTime(); t.After(changed) {
			changed = t
		}
	}
	if c.pair != nil && changed.Equal(c.changed) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("TLS certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair, c.changed = &pair, changed
	return nil
}
