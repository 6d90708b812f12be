// Command openapi reduces an OpenAPI description to its facts: paths, operations, parameters,
// schemas, types, enumerations, limits and what may be null. Descriptions, summaries, examples,
// tags, vendor extensions, contacts and servers are left out. The result is one compact JSON
// document with sorted keys, so that the same facts always give the same bytes.
//
//	go run ./tools/openapi FILE > internal/api/openapi/taskrouter_v1.json
//
// Exit codes: 0 done, 1 failed, 2 wrong usage.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) != 1 || strings.HasPrefix(args[0], "-") {
		fmt.Fprintln(stderr, "usage: go run ./tools/openapi FILE")
		return 2
	}
	source, err := os.ReadFile(args[0])
	if err != nil {
		fmt.Fprintln(stderr, "openapi:", err)
		return 1
	}
	facts, err := reduce(source)
	if err != nil {
		fmt.Fprintf(stderr, "openapi: %s: %v\n", args[0], err)
		return 1
	}
	if _, err := stdout.Write(facts); err != nil {
		fmt.Fprintln(stderr, "openapi:", err)
		return 1
	}
	return 0
}

// reduce returns the facts of a description.
func reduce(source []byte) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(source, &doc); err != nil {
		return nil, err
	}
	version, _ := doc["openapi"].(string)
	if !strings.HasPrefix(version, "3.") {
		return nil, fmt.Errorf("openapi is %q; only version 3 descriptions can be reduced", version)
	}
	info, _ := doc["info"].(map[string]any)
	components, _ := doc["components"].(map[string]any)
	facts, err := json.Marshal(map[string]any{
		"openapi":    version,
		"info":       map[string]any{"title": info["title"], "version": info["version"]},
		"paths":      facts(doc["paths"], names),
		"components": map[string]any{"schemas": facts(components["schemas"], names)},
	})
	if err != nil {
		return nil, err
	}
	return append(facts, '\n'), nil
}

// A place says what the keys of an object are: words of OpenAPI, or names of the described
// API, which are kept whatever they are.
type place int

const (
	words place = iota
	names
	responses
)

// kept are the words that state facts, with what the keys below them are.
var kept = map[string]place{
	"get": words, "post": words, "put": words, "patch": words, "delete": words,
	"operationId": words, "parameters": words, "requestBody": words, "responses": responses,
	"content": names, "headers": names, "schema": words, "name": words, "in": words,

	"$ref": words, "type": words, "format": words, "enum": words, "nullable": words,
	"default": words, "pattern": words, "minLength": words, "maxLength": words,
	"minimum": words, "maximum": words, "minItems": words, "maxItems": words,
	"items": words, "properties": names, "required": words, "additionalProperties": words,
	"allOf": words, "anyOf": words, "oneOf": words, "not": words,
}

// facts returns v without what is only words about it.
func facts(v any, here place) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			below, keep := kept[key]
			switch here {
			case names:
				keep, below = true, words
			case responses:
				keep, below = true, words
			}
			if !keep {
				continue
			}
			kept := facts(value, below)
			if response, ok := kept.(map[string]any); ok && here == responses {
				response["description"] = "" // OpenAPI insists on one
			}
			out[key] = kept
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = facts(value, here)
		}
		return out
	}
	return v
}
