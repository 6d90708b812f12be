//go:build noconsole

package console

import "net/http"

// Handler answers that the pages are not part of this build.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "This server was built without its pages (build tag noconsole)",
			http.StatusNotFound)
	})
}
