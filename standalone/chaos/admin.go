package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// admin is the API of what is shaken, by its base URL.
type admin string

func (a admin) url(path string) string { return string(a) + path }

func (a admin) ready(ctx context.Context) error {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if call(http.MethodGet, a.url("/readyz"), "", nil, nil) == http.StatusOK {
			return nil
		}
	}
	return errors.New("figgosync did not become ready")
}

// operated is what somebody does with figgosync's API.
type operated interface {
	// ready waits until figgosync says that it is.
	ready(ctx context.Context) error
	// reconcile has every synchronization's calendars compared and repaired.
	reconcile(ctx context.Context, out io.Writer) error
	// begin begins a run and tells where it is followed; follow approves what it waits for
	// and returns when it has ended.
	begin(kind string, body any) (address string, ok bool)
	follow(ctx context.Context, address string) (progress, error)
	// unfinished are where the runs of a kind are followed that have not ended.
	unfinished(kind string) (addresses []string, err error)
	// change changes a synchronization; nobody knows whether it was changed when it is false.
	change(synchronization string, change func(map[string]any)) bool
	// resume has a synchronization write again, and tells whether it was paused.
	resume(ctx context.Context, synchronization string) (paused bool, err error)
	// titles are the titles that events have, by legal entity.
	titles() (map[int]string, error)
	// releaseHeld carries out the deletions that are held because there were many.
	releaseHeld()
	// story is what is told of an absence, for somebody who looks for a failure.
	story(leave string) string
}

// synchronizations are the demo's, by the legal entity whose people they write for.
var synchronizations = map[int]string{1: "demo-office365", 2: "demo-exchange", 3: "demo-google"}

// progress is what the API tells of a run.
type progress struct {
	ID      string         `json:"id"`
	Status  string         `json:"status"`
	Counts  map[string]int `json:"counts"`
	Breaker map[string]int `json:"breaker"`
}

func (a admin) reconcile(ctx context.Context, out io.Writer) error {
	for _, synchronization := range synchronizations {
		address, ok := a.begin("reconciliations", map[string]any{"synchronization": synchronization, "repair": true})
		if !ok {
			return fmt.Errorf("the reconciliation of %s was not started", synchronization)
		}
		ended, err := a.follow(ctx, address)
		if err != nil {
			return fmt.Errorf("%s: %w", synchronization, err)
		}
		fmt.Fprintf(out, "reconciliation of %s: %s, %v\n", synchronization, ended.Status, ended.Counts)
	}
	return nil
}

func (a admin) begin(kind string, body any) (address string, ok bool) {
	var run progress
	address = a.url("/api/v1/" + kind)
	status := call(http.MethodPost, address, apiToken, body, &run)
	return address + "/" + run.ID, status == http.StatusAccepted
}

func (a admin) follow(ctx context.Context, address string) (progress, error) {
	var run progress
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); {
		run = progress{}
		if status := call(http.MethodGet, address, apiToken, nil, &run); status/100 == 4 {
			return run, fmt.Errorf("the run is not told: status %d", status)
		}
		switch run.Status {
		case "", "running": // "" while figgosync does not answer
		case "waiting":
			approval := map[string]int{"deletions": run.Breaker["deletions"], "changes": run.Breaker["changes"]}
			call(http.MethodPost, address+"/approve", apiToken, approval, nil)
		case "completed":
			return run, nil
		default:
			return run, fmt.Errorf("the run ended as %s", run.Status)
		}
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
	return run, fmt.Errorf("the run does not end: it is %s", run.Status)
}

func (a admin) change(synchronization string, change func(map[string]any)) bool {
	address, body := a.url("/api/v1/synchronizations/"+synchronization), map[string]any{}
	if call(http.MethodGet, address, apiToken, nil, &body) != http.StatusOK {
		return false
	}
	header := http.Header{}
	header.Set("Authorization", "Bearer "+apiToken)
	header.Set("If-Match", fmt.Sprintf(`"%v"`, body["version"]))
	for _, shown := range []string{"provider", "version", "changedAt", "changedBy"} {
		delete(body, shown)
	}
	change(body)
	return send(http.MethodPut, address, header, body, nil) == http.StatusOK
}

func (a admin) titles() (map[int]string, error) {
	all := map[int]string{}
	for entity, name := range synchronizations {
		var body struct{ Policy struct{ Label string } }
		status := call(http.MethodGet, a.url("/api/v1/synchronizations/"+name), apiToken, nil, &body)
		if status != http.StatusOK {
			return nil, fmt.Errorf("the synchronization %s is not told: status %d", name, status)
		}
		all[entity] = body.Policy.Label
	}
	return all, nil
}

func (a admin) unfinished(kind string) (addresses []string, err error) {
	var all struct{ Items []progress }
	if status := call(http.MethodGet, a.url("/api/v1/"+kind), apiToken, nil, &all); status != http.StatusOK {
		return nil, fmt.Errorf("the %s are not told: status %d", kind, status)
	}
	for _, run := range all.Items {
		if run.Status == "running" || run.Status == "waiting" {
			addresses = append(addresses, a.url("/api/v1/"+kind+"/"+run.ID))
		}
	}
	return addresses, nil
}

// longestResuming bounds how long it is tried to have a synchronization write again.
const longestResuming = 2 * time.Minute

func (a admin) resume(ctx context.Context, synchronization string) (paused bool, err error) {
	for deadline := time.Now().Add(longestResuming); time.Now().Before(deadline); {
		resumed := a.change(synchronization, func(body map[string]any) {
			paused = paused || body["paused"] == true
			body["paused"] = false
		})
		if resumed {
			return paused, nil
		}
		select {
		case <-ctx.Done():
			return paused, ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return paused, fmt.Errorf("the synchronization %s cannot be resumed", synchronization)
}

func (a admin) releaseHeld() {
	call(http.MethodPost, a.url("/api/v1/held/demo/approve"), apiToken, map[string]any{}, nil)
}

func (a admin) story(leave string) string {
	var told any
	status := call(http.MethodGet, a.url("/api/v1/absences/demo/"+leave), apiToken, nil, &told)
	text, _ := json.Marshal(told)
	return strconv.Itoa(status) + " " + string(text)
}
