//go:build !noconsole

package console

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed dist
var built embed.FS

// Handler serves the agent's page below /agent/, with the headers that confine it to its own
// server. Everything else is 404.
//
// Agents come with a link such as /agent/#token=…; what follows the # stays in the browser.
func Handler() http.Handler {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // dist is a valid path
	}
	return newPages(files)
}
