// Package sse writes server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html), each whole and at
// once.
package sse

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Writer writes events to one client. It is not safe for concurrent use.
type Writer struct {
	writer     http.ResponseWriter
	controller *http.ResponseController
	timeout    time.Duration
	// SentAt is when something was written last.
	SentAt time.Time
}

// NewWriter begins an answer of events: its headers are sent with the status 200.
// timeout is how long the client may take to take one event.
func NewWriter(w http.ResponseWriter, timeout time.Duration) *Writer {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would collect them
	w.WriteHeader(http.StatusOK)
	return &Writer{writer: w, controller: http.NewResponseController(w), timeout: timeout, SentAt: time.Now()}
}

// Send writes an event; id may be "". A line break in the data begins another line of
// it, and empty lines are left out. The error says that the client is gone.
func (w *Writer) Send(id, event, data string) error {
	var text bytes.Buffer
	if id != "" {
		fmt.Fprintf(&text, "id: %s\n", id)
	}
	fmt.Fprintf(&text, "event: %s\n", event)
	for line := range strings.FieldsFuncSeq(data, func(r rune) bool { return r == '\n' || r == '\r' }) {
		fmt.Fprintf(&text, "data: %s\n", line)
	}
	return w.write(text.String() + "\n")
}

// Comment writes what clients do not see: proxies close connections that they think
// dead.
func (w *Writer) Comment() error { return w.write(": still there\n\n") }

func (w *Writer) write(text string) error {
	w.SentAt = time.Now()
	// The server's limit is for answers that end. A recorder in a test has none.
	_ = w.controller.SetWriteDeadline(w.SentAt.Add(w.timeout))
	if _, err := w.writer.Write([]byte(text)); err != nil {
		return err
	}
	return w.controller.Flush()
}
