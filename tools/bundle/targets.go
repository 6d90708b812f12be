package main

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"fmt"

	"github.com/evanw/esbuild/pkg/api"
)

// files maps the name of a built file, relative to its target's folder, to its content.
type files map[string][]byte

// target is one set of web files that belong together.
type target struct {
	name string
	// out is the folder of the built files. It belongs to the target: files it did not build are
	// removed on writing and reported by a check.
	out string
	// keep names files in out that were not built and stay.
	keep []string
	// options says what to bundle; paths are relative to the root. Where the output goes is
	// filled in by build.
	options api.BuildOptions
	// copies maps files to take over as they are, from the root, to names in out.
	copies map[string]string
	// pages maps HTML files, from the root, to names in out. An attribute of a page that names
	// an entry point, such as src="agent.tsx", is made to name what was built from it.
	pages map[string]string
	// finish may derive further files from the built ones.
	finish func(files) error
	// limit is how many bytes all scripts may have together after gzip.
	limit int
}

// targets is the table of everything there is to build.
func targets() []target {
	return []target{sdk(), console()}
}

// sdk is the browser SDK: one classic script, for pages that use a script tag.
func sdk() target {
	return target{
		name: "js",
		out:  "js/dist",
		options: api.BuildOptions{
			EntryPointsAdvanced: []api.EntryPoint{
				{InputPath: "js/src/global.ts", OutputPath: "taskrouter.min"},
			},
			Format:   api.FormatIIFE,
			Platform: api.PlatformBrowser,
			Target:   api.ES2018,
			Charset:  api.CharsetASCII,
			Banner: map[string]string{
				"js": "/*! TaskRouter browser SDK, compatible with TaskRouter.js 1.21. " +
					"SPDX-License-Identifier: Apache-2.0 */",
			},
			LegalComments: api.LegalCommentsInline,
		},
		copies: map[string]string{"js/src/taskrouter.d.ts": "taskrouter.d.ts"},
		finish: addIntegrity,
		limit:  10 << 10,
	}
}

// console is the pages for people: modules, split into chunks, with their style sheets. The
// packages they are made with have to be there first, by npm ci.
func console() target {
	return target{
		name: "console",
		out:  "console/dist",
		options: api.BuildOptions{
			EntryPoints:     []string{"console/src/agent.tsx"},
			EntryNames:      "[name]-[hash]",
			ChunkNames:      "chunk-[hash]",
			Format:          api.FormatESModule,
			Splitting:       true,
			Platform:        api.PlatformBrowser,
			Target:          api.ES2022,
			JSX:             api.JSXAutomatic,
			JSXImportSource: "preact",
			Charset:         api.CharsetUTF8,
			Banner: map[string]string{
				"js": "/*! Agent page. SPDX-License-Identifier: Apache-2.0. Contains Preact and its " +
					"signals, MIT license, copyright Jason Miller and Preact Team */",
			},
		},
		pages: map[string]string{"console/src/agent.html": "agent.html"},
		limit: 60 << 10,
	}
}

// addIntegrity writes down the value of the integrity attribute for the script.
func addIntegrity(built files) error {
	script, ok := built["taskrouter.min.js"]
	if !ok {
		return fmt.Errorf("no taskrouter.min.js among the built files %v", sortedNames(built))
	}
	if bytes.Contains(script, []byte("sourceMappingURL")) {
		return fmt.Errorf("taskrouter.min.js names a source map that is not served")
	}
	sum := sha512.Sum384(script)
	built["integrity.txt"] = []byte("sha384-" + base64.StdEncoding.EncodeToString(sum[:]) + "\n")
	return nil
}
