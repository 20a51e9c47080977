package browser_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch sees what goes wrong behind a page: errors in the console, exceptions,
// violations of the content security policy, requests that fail, and dialogs,
// which no page of ours opens.
type watch struct {
	mu      sync.Mutex
	trouble []string
	open    map[network.RequestID]request // requests under way
	last    time.Time                     // of the last request's start or end
	posted  map[network.RequestID]bool    // requests that change something
	posts   []string                      // all of them, as "POST path"
	dialogs chan string
	allowed []string
}

// request is one under way, of the page that loader loaded.
type request struct {
	address string
	loader  cdp.LoaderID
}

func newWatch() *watch {
	return &watch{open: map[network.RequestID]request{}, posted: map[network.RequestID]bool{}, dialogs: make(chan string, 100)}
}

// allow lets messages pass that contain a text: what a test provokes itself.
func (w *watch) allow(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed = append(w.allowed, text)
}

// listen takes the browser's events; it must be quick and run no command.
func (w *watch) listen(ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			w.wrong("console error: %s", arguments(e.Args))
		}
	case *runtime.EventExceptionThrown:
		w.wrong("exception: %s", e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		w.entry(e.Entry)
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			w.wrong("content security policy: %+v", e.Issue.Details.ContentSecurityPolicyIssueDetails)
		}
	case *page.EventJavascriptDialogOpening:
		if e.Type != page.DialogTypeBeforeunload { // forms ask before what was typed is lost
			w.wrong("a dialog: %q", e.Message)
		}
		w.dialogs <- e.Message
	case *page.EventFrameNavigated:
		w.left(e.Frame)
	default:
		w.request(ev)
	}
}

// entry takes a line of the browser's own log. Answers other than 2xx are judged
// in response.
func (w *watch) entry(e *log.Entry) {
	if e.Level == log.EntryLevelError && e.Source != log.EntrySourceNetwork {
		w.wrong("the browser's log: %s (%s)", e.Text, e.URL)
	}
}

func (w *watch) request(ev any) {
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeEventSource && !strings.HasPrefix(e.Request.URL, "data:") {
			w.open[e.RequestID] = request{e.Request.URL, e.LoaderID}
		}
		if e.Request.Method != "GET" {
			w.posted[e.RequestID] = true
			w.posts = append(w.posts, e.Request.Method+" "+pathOf(e.Request.URL))
		} else {
			delete(w.posted, e.RequestID) // a redirect keeps the id
		}
		w.last = time.Now()
	case *network.EventResponseReceived:
		w.response(e)
	case *network.EventLoadingFinished:
		w.close(e.RequestID)
	case *network.EventLoadingFailed:
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
			w.wrong("%s failed: %s %s", w.open[e.RequestID].address, e.ErrorText, e.BlockedReason)
		}
		w.close(e.RequestID)
	}
}

// left forgets the requests of a page that was left: the browser does not tell of
// all of them how they ended.
func (w *watch) left(frame *cdp.Frame) {
	if frame.ParentID != "" {
		return
	}
	maps.DeleteFunc(w.open, func(_ network.RequestID, one request) bool { return one.loader != frame.LoaderID })
}

func (w *watch) close(id network.RequestID) {
	delete(w.open, id)
	delete(w.posted, id)
	w.last = time.Now()
}

// response judges an answer. A form with a mistake is answered with 422 and one
// that somebody else was quicker with by 409, on purpose.
func (w *watch) response(e *network.EventResponseReceived) {
	refusal := e.Response.Status == 422 || e.Response.Status == 409
	if e.Response.Status >= 400 && (!refusal || !w.posted[e.RequestID]) {
		w.wrong("%s answered %d", pathOf(e.Response.URL), e.Response.Status)
	}
}

func (w *watch) wrong(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	for _, text := range w.allowed {
		if strings.Contains(message, text) {
			return
		}
	}
	w.trouble = append(w.trouble, message)
}

// report fails the test for all that went wrong.
func (w *watch) report(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, message := range w.trouble {
		t.Errorf("in the browser: %s", message)
	}
	w.trouble = nil
}

// quiet tells whether no request has been under way for a moment.
func (w *watch) quiet() (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.open {
		return one.address, false
	}
	return "", time.Since(w.last) > 80*time.Millisecond
}

// count is how often the visitor's browser has sent this, such as "POST /sources".
func (w *watch) count(request string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	count := 0
	for _, post := range w.posts {
		if post == request {
			count++
		}
	}
	return count
}

// watchPolicy switches the reports on.
func (v *visitor) watchPolicy() {
	v.t.Helper()
	send(v, audits.Enable, cdp.Empty{})
	send(v, log.Enable, cdp.Empty{})
}

// closeDialogs closes what would hold the page up.
func (v *visitor) closeDialogs(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.dialogs:
			_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}
	}
}

func arguments(all []*runtime.RemoteObject) string {
	var out []string
	for _, one := range all {
		out = append(out, string(one.Value)+one.Description)
	}
	return strings.Join(out, " ")
}

// pathOf is an address without its host and query.
func pathOf(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		return address
	}
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	return "/" + path
}
