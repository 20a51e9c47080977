package pages

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/sse"
	"github.com/figgosync/figgosync/starter"
)

// events streams the progress of an operation as pieces of its page, by the events that
// initializationEvents explains.
func (o operationsOf) events(w http.ResponseWriter, r *http.Request) error {
	r.Header.Set("HX-Request", "true") // a piece of a page: texts to show once are not for it
	v, err := o.view(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	out := &stream{site: o.site, w: w, r: r, events: sse.NewWriter(w, streamBeat)}
	ctx, cancel := context.WithTimeout(r.Context(), maxStream)
	defer cancel()
	out.asked = r.URL.Query().Get("asked")
	ending := openStreams.of(ctx)
	tick := time.NewTicker(streamPace)
	defer tick.Stop()
	for out.tellOperation(v) {
		select {
		case <-ctx.Done():
			return nil
		case <-ending:
			return nil
		case <-tick.C:
		}
		next, err := o.view(r.WithContext(ctx), v.ID)
		switch {
		case err == nil:
			v = next
		case errors.Is(err, starter.ErrNotFound):
			out.send("end", "gone")
			return nil
		case errors.Is(err, admin.ErrEngineDown):
			v.Down = true
		}
	}
	return nil
}

// tellOperation sends an operation's state; false when the stream is over.
func (o *stream) tellOperation(v *operationView) bool {
	loc := o.site.loc(o.r)
	if !v.Live && !v.Down {
		return o.piece("done", "operation-result", v) && o.send("announce", loc.T("init.announce.done")) &&
			o.send("end", "done") && false
	}
	if now := v.Asked(); now != o.asked && !v.Down && !v.Unreadable {
		o.asked = now
		if !o.piece("question", "operation-question", v) {
			return false
		}
		if now != "" && !o.send("announce", loc.T("operation.waits")) {
			return false
		}
	}
	if !o.piece("progress", "operation-progress", v) {
		return false
	}
	if time.Since(o.events.SentAt) > streamBeat {
		return o.events.Comment() == nil
	}
	return true
}
