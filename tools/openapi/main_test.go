package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReduce(t *testing.T) {
	t.Parallel()
	const source = `{
		"openapi": "3.0.1",
		"info": {"title": "T", "version": "1", "description": "words", "contact": {"name": "c"}},
		"servers": [{"url": "https://example.com"}],
		"tags": [{"name": "x"}],
		"paths": {"/a/{Sid}": {
			"description": "words", "x-vendor": 1,
			"get": {
				"summary": "words", "operationId": "ReadA", "tags": ["x"],
				"parameters": [{"name": "Sid", "in": "path", "required": true, "description": "words",
					"schema": {"type": "string", "pattern": "^A"}}],
				"responses": {"200": {"description": "OK", "content": {"application/json": {
					"examples": {"e": {"value": 1}}, "schema": {"$ref": "#/components/schemas/a"}}}}}
			}}},
		"components": {"securitySchemes": {"s": {}}, "schemas": {"a": {"type": "object", "properties": {
			"description": {"type": "string", "nullable": true, "description": "words", "example": "e"},
			"n": {"type": "integer", "enum": [1, 2], "x-vendor": {}}}}}}
	}`
	const want = `{"components":{"schemas":{"a":{"properties":{` +
		`"description":{"nullable":true,"type":"string"},"n":{"enum":[1,2],"type":"integer"}},` +
		`"type":"object"}}},"info":{"title":"T","version":"1"},"openapi":"3.0.1",` +
		`"paths":{"/a/{Sid}":{"get":{"operationId":"ReadA","parameters":[{"in":"path","name":"Sid",` +
		`"required":true,"schema":{"pattern":"^A","type":"string"}}],` +
		`"responses":{"200":{"content":{"application/json":{"schema":{"$ref":` +
		`"#/components/schemas/a"}}},"description":""}}}}}}` + "\n"
	got, err := reduce([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// The description that the project carries holds nothing that the tool would leave out.
func TestCarriedDescriptionIsReduced(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "internal", "api", "openapi", "taskrouter_v1.json")
	carried, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := reduce(carried)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(carried, again) {
		t.Errorf("%s is not what the tool writes", file)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	old := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(old, []byte(`{"swagger":"2.0"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want int
		says string
	}{
		{"no file", nil, 2, "usage"},
		{"a flag", []string{"-h"}, 2, "usage"},
		{"a file that is not there", []string{"absent.json"}, 1, "absent.json"},
		{"another version", []string{old}, 1, "version 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			got := run(tt.args, &stdout, &stderr)
			if got != tt.want || !strings.Contains(stderr.String(), tt.says) || stdout.Len() > 0 {
				t.Errorf("exit code %d, want %d with %q: %s", got, tt.want, tt.says, stderr.String())
			}
		})
	}
}
