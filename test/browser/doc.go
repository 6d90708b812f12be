// Package browser runs pages in a real headless Chromium against a running server.
//
// The pages come from another origin than the server, as customers' pages do, and load the
// browser SDK from it with a script tag that has an integrity attribute. Beside ours, the
// vendor's older client runs unmodified: what it can do with this server shows what pages written
// for the hosted service can.
//
// A test says what a page does in JavaScript, next to what it expects in Go (see page). The
// script testdata/page.js is loaded into every page: it writes down what a client emits and
// waits for it, so no test waits for a time. When a test fails, it tells what its pages wrote to
// the console and what they went through; with SCREENSHOTS=dir it also leaves a picture there.
package browser
