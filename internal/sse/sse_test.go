package sse_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/sse"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	w := sse.NewWriter(recorder, time.Minute)
	for _, err := range []error{w.Send("", "progress", "<p>\r\n\nevent: end</p>"), w.Comment(), w.Send("end", "done", "{}")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := "event: progress\ndata: <p>\ndata: event: end</p>\n\n: still there\n\nid: end\nevent: done\ndata: {}\n\n"
	if got := recorder.Body.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := recorder.Header().Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("it is %q", got)
	}
	if !recorder.Flushed {
		t.Error("nothing was sent at once")
	}
}
