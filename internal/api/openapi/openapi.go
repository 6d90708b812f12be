// Package openapi carries the official description of the TaskRouter v1 REST API, reduced to
// its facts, so that tests can hold every answer against it. See README.md for where it is from.
package openapi

import _ "embed"

//go:embed taskrouter_v1.json
var facts string

// JSON returns the description, an OpenAPI 3.0 document without descriptions and examples.
func JSON() []byte { return []byte(facts) }
