package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/figgosync/figgosync/internal/sse"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
)

const (
	// progressEvery is how often an initialization is asked, and told of at most.
	progressEvery = time.Second
	// commentEvery keeps proxies from closing a stream on which nothing happens.
	commentEvery = 15 * time.Second
	// maxStream ends a stream so that the client asks again. Browsers do so by
	// themselves. The gate ends one whose owner may no longer look.
	maxStream = 15 * time.Minute
	// writeTime is how long a client may take to take one event.
	writeTime = 20 * time.Second
	// lastEvent is the id of the event after which there is none.
	lastEvent = "end"
)

// streamInitialization tells how far an initialization is as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html): the event
// "progress" with what GET answers, when it changed and once a second at most. It
// ends with the initialization. A browser that comes back after the end gets 204,
// which tells it to stop.
func (s *Server) streamInitialization(ctx context.Context, in *struct {
	InitializationPath
	LastEvent string `header:"Last-Event-ID" maxLength:"200" doc:"Sent by browsers that come back. Each event tells all, so that none is missed."`
	Spoken
}) (*written, error) {
	first, err := s.config.Admin.Initialization(ctx, in.Initialization)
	if err != nil {
		return nil, initializationFailed(err)
	}
	return &written{func(answer huma.Context) {
		if starter.Ended(first.Phase) && in.LastEvent == lastEvent {
			answer.SetStatus(http.StatusNoContent)
			return
		}
		s.stream(ctx, humagin.Unwrap(answer).Writer, in.lang(), first)
	}}, nil
}

func (s *Server) stream(ctx context.Context, w http.ResponseWriter, lang texts.Lang, one starter.Initialization) {
	ctx, cancel := context.WithTimeout(ctx, maxStream)
	defer cancel()
	defer context.AfterFunc(s.draining, cancel)() //nolint:contextcheck // it ends with the server, too
	events := &eventWriter{Writer: sse.NewWriter(w, writeTime)}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	id, quiet := starter.ShortID(one.WorkflowID), time.Now()
	for {
		data, err := json.Marshal(s.initialization(one, s.config.Admin.RunPeople(ctx, one), lang))
		if err != nil {
			return
		}
		switch sent, err := events.progress(data, starter.Ended(one.Phase)); {
		case err != nil || starter.Ended(one.Phase):
			return
		case sent:
			quiet = time.Now()
		}
		if time.Since(quiet) >= commentEvery {
			if events.Comment() != nil {
				return
			}
			quiet = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// A worker that restarts is no reason to break off: the last one counts on.
		if next, err := s.config.Admin.Initialization(ctx, id); err == nil {
			one = next
		}
	}
}

// eventWriter writes events where something changed.
type eventWriter struct {
	*sse.Writer
	last  []byte
	count int
}

// progress writes an event where something changed.
func (w *eventWriter) progress(data []byte, end bool) (sent bool, err error) {
	if bytes.Equal(data, w.last) {
		return false, nil
	}
	w.last = data
	w.count++
	id := fmt.Sprint(w.count)
	if end {
		id = lastEvent
	}
	return true, w.Send(id, "progress", string(data))
}
