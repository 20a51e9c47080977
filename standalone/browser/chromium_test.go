package browser_test

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/figgosync/figgosync/web/texts"
)

// Sizes of the window, in CSS pixels: a small laptop and a phone.
var (
	laptop = emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: 900, DeviceScaleFactor: 1}
	phone  = emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true}
)

// browsers are the running ones, one for each language: how Chromium shows dates
// and names its own buttons depends on the language it was started in.
var (
	browsersMu sync.Mutex
	browsers   = map[texts.Lang]context.Context{}
	closers    []context.CancelFunc
)

func closeBrowsers() {
	for _, end := range closers {
		end()
	}
}

// chromium is the browser of a language. It is started once.
func chromium(t *testing.T, lang texts.Lang) context.Context {
	t.Helper()
	browsersMu.Lock()
	defer browsersMu.Unlock()
	if ctx, ok := browsers[lang]; ok {
		return ctx
	}
	path := chromiumPath(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.Flag("lang", string(lang)), chromedp.Flag("accept-lang", string(lang)),
		chromedp.Env("LANGUAGE="+string(lang)), chromedp.WindowSize(int(laptop.Width), int(laptop.Height)),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	closers = append(closers, func() { _ = chromedp.Cancel(ctx); end(); endAllocator() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	browsers[lang] = ctx
	return ctx
}

func chromiumPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "no Chromium is installed (Debian's package is chromium), so the pages are not looked at")
	return ""
}

// visitor is a person in front of a browser of their own: no cookie is shared
// with another visitor.
type visitor struct {
	t   *testing.T
	r   *rehearsal
	ctx context.Context
	loc texts.Localizer
	// did counts interactions: each click, field filled or key pressed is one.
	// Waiting and reading are free.
	did int

	*watch
}

// visit opens a browser for somebody who reads a language.
func (r *rehearsal) visit(t *testing.T, lang texts.Lang) *visitor {
	t.Helper()
	v := &visitor{t: t, r: r, loc: texts.Localizer{Lang: lang, Now: time.Now()}, watch: newWatch()}
	ctx, end := chromedp.NewContext(chromium(t, lang), chromedp.WithNewBrowserContext(), chromedp.WithListener(v.listen))
	ctx, endTime := context.WithTimeout(ctx, 15*time.Minute)
	t.Cleanup(func() {
		v.report(t)
		endTime()
		_ = chromedp.Cancel(ctx)
		end()
	})
	v.ctx = ctx
	must(v, chromedp.Do(ctx), "open a tab")
	send(v, network.Enable, network.EnableParams{})
	send(v, emulation.SetDeviceMetricsOverride, laptop)
	send(v, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: string(lang)})
	v.watchPolicy()
	go v.closeDialogs(ctx)
	return v
}

// T is a text of the pages in the visitor's language.
func (v *visitor) T(key string, pairs ...any) string {
	v.t.Helper()
	if !v.loc.Has(key) {
		v.t.Fatalf("there is no text %q", key)
	}
	return v.loc.T(key, pairs...)
}

// must ends the test when the browser did not do what it was told.
func must(v *visitor, err error, what string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatalf("%s: %v\n%s", what, err, v.where())
	}
}
