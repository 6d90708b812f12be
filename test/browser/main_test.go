package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all tests, started by the first that wants it.
var chromium browser

func TestMain(m *testing.M) {
	code := m.Run()
	chromium.stop()
	os.Exit(code)
}

// A browser is a Chromium that runs; pages are opened below its context.
type browser struct {
	once    sync.Once
	ctx     context.Context
	err     error
	cancels []func()
	profile string
}

// start returns the context that pages are opened below.
func (b *browser) start(t testing.TB) context.Context {
	t.Helper()
	b.once.Do(func() { b.err = b.launch() })
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.ctx
}

func (b *browser) launch() (err error) {
	path, err := findChromium()
	if err != nil {
		return err
	}
	if b.profile, err = os.MkdirTemp("", "taskrouter-browser-"); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(b.profile),
		chromedp.NoSandbox, // containers of CI have none
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	b.cancels = append(b.cancels, cancel)
	b.ctx, cancel = chromedp.NewContext(ctx)
	b.cancels = append(b.cancels, cancel)
	if err := chromedp.Do(b.ctx); err != nil {
		return fmt.Errorf("start Chromium at %s: %w", path, err)
	}
	return nil
}

// findChromium returns the path of the browser under one of its names.
func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("Chromium is not installed; `bash script/test` installs it")
}

func (b *browser) stop() {
	for i := len(b.cancels) - 1; i >= 0; i-- {
		b.cancels[i]()
	}
	if b.profile != "" {
		os.RemoveAll(b.profile)
	}
}
