package pages

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/sse"
	"github.com/figgosync/figgosync/starter"
)

const (
	// streamPace is how often an initialization is asked how far it is.
	streamPace = time.Second
	// maxStream ends a stream so that the browser comes again, and whoever may no
	// longer look is turned away.
	maxStream = 10 * time.Minute
	// streamBeat is the longest silence: proxies cut connections they think dead.
	streamBeat = 15 * time.Second
	// paceWindow is what the rate is counted over.
	paceWindow = 30 * time.Second
)

// initializationEvents streams the progress as pieces of the page: "progress"
// while it runs, "question" when what it waits for is another than the page shows
// (the parameter "asked": nothing may replace a field that somebody types in),
// "announce" for screen readers now and then, at its end "done"
// with the whole result and "end", after which the browser does not come again
// (html.spec.whatwg.org/multipage/server-sent-events.html).
func (s *site) initializationEvents(w http.ResponseWriter, r *http.Request) error {
	r.Header.Set("HX-Request", "true") // a piece of a page: texts to show once are not for it
	run, err := s.run(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	out := &stream{site: s, w: w, r: r, events: sse.NewWriter(w, streamBeat)}
	out.asked = r.URL.Query().Get("asked")
	ctx, cancel := context.WithTimeout(r.Context(), maxStream)
	defer cancel()
	s.follow(ctx, out, run)
	return nil
}

// follow sends what is new until the run, the stream or the server ends.
func (s *site) follow(ctx context.Context, out *stream, run *runView) {
	ending := openStreams.of(ctx)
	tick := time.NewTicker(streamPace)
	defer tick.Stop()
	for {
		if !out.tell(run) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ending:
			return
		case <-tick.C:
		}
		next, err := s.run(out.r.WithContext(ctx), run.ID)
		switch {
		case err == nil:
			run = next
		case errors.Is(err, starter.ErrNotFound):
			out.send("end", "gone")
			return
		case errors.Is(err, admin.ErrEngineDown):
			run.Down = true
		}
	}
}

// stream writes server-sent events to one browser.
type stream struct {
	site   *site
	w      http.ResponseWriter
	r      *http.Request
	events *sse.Writer

	last      string // the piece that was sent last
	announced int    // the last percentage that was announced, in tens
	asked     string // what the page asks for, "" for nothing
	samples   []sample
}

// sample is how much was settled at a moment.
type sample struct {
	at   time.Time
	done int
}

// tell sends a run's state; false when the stream is over.
func (o *stream) tell(run *runView) bool {
	o.pace(run)
	loc := o.site.loc(o.r)
	if !run.Live && !run.Down {
		return o.piece("done", "run-result", run) && o.send("announce", loc.T("init.announce.done")) &&
			o.send("end", "done") && false
	}
	if asked := run.Asked(); asked != o.asked && !run.Down && !run.Unreadable {
		if o.asked = asked; !o.piece("question", "run-question", run) {
			return false
		}
	}
	if !o.piece("progress", "run-progress", run) {
		return false
	}
	if tens := run.Percent() / 10; tens > o.announced {
		o.announced = tens
		return o.send("announce", loc.T("init.announce", "percent", run.Percent()))
	}
	if time.Since(o.events.SentAt) > streamBeat {
		return o.events.Comment() == nil
	}
	return true
}

// pace counts over the last half minute.
func (o *stream) pace(run *runView) {
	now := time.Now()
	o.samples = append(o.samples, sample{now, run.Settled()})
	for len(o.samples) > 2 && now.Sub(o.samples[0].at) > paceWindow {
		o.samples = o.samples[1:]
	}
	run.pace(run.Settled()-o.samples[0].done, now.Sub(o.samples[0].at))
}

// piece sends a template if it says anything new.
func (o *stream) piece(event, template string, data any) bool {
	v := o.site.view(o.w, o.r, page{Data: data})
	html, err := o.site.execute(v.Lang, template, v)
	if err != nil {
		o.site.config.Log.Error("the progress cannot be shown", "error", err)
		return false
	}
	if event == "progress" {
		if string(html) == o.last {
			return true
		}
		o.last = string(html)
	}
	if strings.TrimSpace(string(html)) == "" { // an event without data is not told (HTML, 9.2.6)
		html = []byte("<!-- -->")
	}
	return o.send(event, string(html))
}

// send writes one event; false when the stream is over.
func (o *stream) send(event, data string) bool { return o.events.Send("", event, data) == nil }

// openStreams are those of all sites of this process.
var openStreams endings

// endings tell streams that their server shuts down: it would wait for them.
type endings struct {
	lock    sync.Mutex
	servers map[*http.Server]chan struct{}
}

// of returns a channel that is closed when the server of a request shuts down;
// nil, which never is, where there is no server.
func (e *endings) of(ctx context.Context) <-chan struct{} {
	server, ok := ctx.Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return nil
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	if ending, known := e.servers[server]; known {
		return ending
	}
	ending := make(chan struct{})
	if e.servers == nil {
		e.servers = map[*http.Server]chan struct{}{}
	}
	e.servers[server] = ending
	server.RegisterOnShutdown(func() {
		e.lock.Lock()
		defer e.lock.Unlock()
		delete(e.servers, server)
		close(ending)
	})
	return ending
}
