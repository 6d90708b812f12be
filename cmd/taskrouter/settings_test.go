package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestFill(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		args    []string
		environ []string
		check   func(*settings) any
		want    any
	}{
		{"default", nil, nil, func(s *settings) any { return s.listen }, "127.0.0.1:8080"},
		{"variable", nil, []string{"TASKROUTER_LISTEN=:1"},
			func(s *settings) any { return s.listen }, ":1"},
		{"flag before variable", []string{"--listen", ":2"}, []string{"TASKROUTER_LISTEN=:1"},
			func(s *settings) any { return s.listen }, ":2"},
		{"empty variable", nil, []string{"TASKROUTER_LISTEN="},
			func(s *settings) any { return s.listen }, "127.0.0.1:8080"},
		{"switch", nil, []string{"TASKROUTER_STRICT_POLICIES=true"},
			func(s *settings) any { return s.strictPolicies }, true},
		{"number", nil, []string{"TASKROUTER_RATE_LIMIT=12.5"},
			func(s *settings) any { return s.rateLimit }, 12.5},
		{"others' variables", nil, []string{"PATH=/bin", "TASKROUTE_LISTEN=:1"},
			func(s *settings) any { return s.listen }, "127.0.0.1:8080"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := filled(tt.args, tt.environ)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.check(s); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		args, environ []string
		want          []string
	}{
		{"misspelt", nil, []string{"TASKROUTER_LISTN=:1"},
			[]string{"TASKROUTER_LISTN", "TASKROUTER_LISTEN"}},
		{"misspelt, long", nil, []string{"TASKROUTER_PUBLICURL=http://a"},
			[]string{"TASKROUTER_PUBLICURL", "TASKROUTER_PUBLIC_URL"}},
		{"bad duration", nil, []string{"TASKROUTER_SHUTDOWN_TIMEOUT=soon"},
			[]string{"TASKROUTER_SHUTDOWN_TIMEOUT", "soon", "duration"}},
		{"bad choice by variable", nil, []string{"TASKROUTER_LOG_LEVEL=loud"},
			[]string{"TASKROUTER_LOG_LEVEL", "loud", "debug"}},
		{"bad choice by flag", []string{"--log-format", "xml"}, nil,
			[]string{"--log-format", "xml", "json"}},
		{"no PostgreSQL yet", nil, []string{"TASKROUTER_DATABASE_URL=postgres://x"},
			[]string{"TASKROUTER_DATABASE_URL", "embedded store", "TASKROUTER_DATA_DIR"}},
		{"no telephony yet", nil, []string{"TASKROUTER_SIP_LISTEN=udp://:5060"},
			[]string{"TASKROUTER_SIP_LISTEN", "telephony"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := filled(tt.args, tt.environ)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want it to name %q", err, want)
				}
			}
		})
	}
}

// filled returns the settings that flags and variables make.
func filled(args, environ []string) (*settings, error) {
	p := &program{environ: environ, stdout: io.Discard, stderr: io.Discard}
	s, all := newSettings()
	cmd := &cobra.Command{Use: "x"}
	define(cmd, all)
	if err := cmd.ParseFlags(args); err != nil {
		return nil, err
	}
	return s, p.fill(cmd.Flags(), all)
}

// TestSettingsAreDescribed holds the table to its promise: every row makes a flag, a variable
// and a paragraph.
func TestSettingsAreDescribed(t *testing.T) {
	t.Parallel()
	_, all := newSettings()
	cmd := &cobra.Command{Use: "x"}
	define(cmd, all)
	for i, s := range all {
		if cmd.Flags().Lookup(s.name) == nil {
			t.Errorf("setting %s has no flag: its target is a %T", s.name, s.target)
		}
		if s.usage == "" || s.detail == "" {
			t.Errorf("setting %s is not described", s.name)
		}
		if _, ok := absent[s.variable()]; ok {
			t.Errorf("setting %s is listed as absent", s.name)
		}
		if slices.ContainsFunc(all[:i], func(o setting) bool { return o.name == s.name }) {
			t.Errorf("setting %s is there twice", s.name)
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1:8080": true, "127.1.2.3:0": true, "[::1]:80": true, "localhost:80": true,
		":8080": false, "0.0.0.0:80": false, "[::]:80": false, "192.168.0.1:80": false,
		"example.com:80": false, "nonsense": false,
	} {
		if got := loopback(address); got != want {
			t.Errorf("loopback(%q) = %v, want %v", address, got, want)
		}
	}
}
