package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/workflows"
)

// event is one server-sent event.
type event struct {
	id, name string
	data     map[string]any
}

// events reads a stream until it ends.
func events(t *testing.T, response *http.Response) <-chan event {
	t.Helper()
	all := make(chan event, 100)
	go func() {
		defer close(all)
		defer response.Body.Close()
		var one event
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				one.id = value
			case "event":
				one.name = value
			case "data":
				_ = json.Unmarshal([]byte(value), &one.data)
			case "":
				if one.name != "" {
					all <- one
				}
				one = event{}
			}
		}
	}()
	return all
}

func next(t *testing.T, stream <-chan event) event {
	t.Helper()
	select {
	case one, ok := <-stream:
		if !ok {
			t.Fatal("the stream ended")
		}
		return one
	case <-time.After(time.Minute):
		t.Fatal("no event came")
	}
	return event{}
}

func follow(t *testing.T, address, id string, header headers) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/api/v1/initializations/"+id+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func startOne(t *testing.T, l live) string {
	t.Helper()
	answer := do(l, bearer(http.MethodPost, "/api/v1/initializations", `{"synchronization":"headquarters"}`, token))
	var body struct{ ID string }
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || answer.Code != http.StatusAccepted {
		t.Fatal(answer.Code, answer.Body)
	}
	return body.ID
}

// The stream tells what GET tells, when something changed, outlasts the server's
// limit for answers, and ends with the initialization.
func TestProgressIsStreamed(t *testing.T) {
	t.Parallel()
	l := newLive(t).fill(t)
	id := startOne(t, l)
	server := httptest.NewUnstartedServer(l)
	server.Config.WriteTimeout = 300 * time.Millisecond
	server.Start()
	defer server.Close()
	response := follow(t, server.URL, id, headers{"Last-Event-ID": "anything", "Accept": "text/event-stream"})
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", response.StatusCode, kind)
	}
	stream := events(t, response)
	begin := time.Now()
	first := next(t, stream)
	if first.name != "progress" || first.data["id"] != id || first.data["status"] != "running" {
		t.Errorf("%+v", first)
	}
	time.Sleep(1200 * time.Millisecond) // nothing changes meanwhile
	l.engine.set(workflows.PhaseRunning, 2)
	second := next(t, stream)
	if counts, _ := second.data["counts"].(map[string]any); counts["synced"] != 2.0 || time.Since(begin) < time.Second {
		t.Errorf("after %s: %+v", time.Since(begin), second)
	}
	l.engine.set(workflows.PhaseCompleted, 3)
	last := next(t, stream)
	if last.id != "end" || last.data["status"] != "completed" {
		t.Errorf("%+v", last)
	}
	if one, more := <-stream; more {
		t.Errorf("after the end: %+v", one)
	}
	answer := do(l, bearer(http.MethodGet, "/api/v1/initializations/"+id, "", token))
	var plain map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &plain); err != nil || fmt.Sprint(plain) != fmt.Sprint(last.data) {
		t.Errorf("GET tells %v, the stream %v", plain, last.data)
	}
	back := follow(t, server.URL, id, headers{"Last-Event-ID": "end"})
	defer back.Body.Close()
	if back.StatusCode != http.StatusNoContent {
		t.Errorf("a browser that comes back gets %d", back.StatusCode)
	}
}

// A server that stops does not wait for those who watch: neither here nor on the
// pages.
func TestStreamsEndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	l := newLive(t, func(c *api.Config) {
		c.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
		})
	}).fill(t)
	id := startOne(t, l)
	listener := newListener(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx, listener) }()
	address := "http://" + listener.Addr().String()
	stream := events(t, follow(t, address, id, nil))
	next(t, stream)
	go func() {
		request, _ := http.NewRequest(http.MethodGet, address+"/pages/stream", nil)
		request.Header.Set("Accept", "text/event-stream")
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}()
	<-entered
	begin := time.Now()
	stop()
	if err := <-served; err != nil || time.Since(begin) > time.Minute {
		t.Errorf("stopped after %s: %v", time.Since(begin), err)
	}
	for range stream {
		// What is left of it; it ends.
	}
}
