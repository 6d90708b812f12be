package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// profilePrefix begins the names of variables that belong to a profile.
const profilePrefix = variablePrefix + "PROFILE_"

// profileVariable is the name of the variable that stands for a setting in a profile.
func profileVariable(profile string, s setting) string {
	profile = strings.ToUpper(strings.ReplaceAll(profile, "-", "_"))
	return profilePrefix + profile + "_" + strings.TrimPrefix(s.variable(), variablePrefix)
}

// isProfileVariable reports whether a variable has the name of a setting in some profile.
func isProfileVariable(name string, all []setting) bool {
	rest, ok := strings.CutPrefix(name, profilePrefix)
	return ok && slices.ContainsFunc(all, func(s setting) bool {
		suffix := "_" + strings.TrimPrefix(s.variable(), variablePrefix)
		return s.name != "profile" && len(rest) > len(suffix) && strings.HasSuffix(rest, suffix)
	})
}

// fillProfile takes the value of each flag that was not given from its variable: that of the
// profile, if one is named.
func (p *program) fillProfile(cmd *cobra.Command, r *remoteSettings, all []setting) error {
	given, err := p.variables()
	if err != nil {
		return err
	}
	flags := cmd.Flags()
	if !flags.Changed("profile") {
		r.profile = given[setting{name: "profile"}.variable()]
	}
	some := false
	for _, s := range all {
		name := s.variable()
		if r.profile != "" {
			name = profileVariable(r.profile, s)
		}
		value := given[name]
		some = some || value != ""
		if value == "" || s.name == "profile" || flags.Changed(s.name) {
			continue
		}
		if err := flags.Set(s.name, value); err != nil {
			return unreadable(name, value, flags.Lookup(s.name).Value)
		}
	}
	if r.profile != "" && !some {
		return usageError("profile %q has no variables; set %s and so on", r.profile,
			profileVariable(r.profile, setting{name: "url"}))
	}
	return nil
}
