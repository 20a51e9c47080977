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

// ready waits until figgosync says that it is.
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

// progress is what the API tells of a run.
type progress struct {
	ID      string         `json:"id"`
	Status  string         `json:"status"`
	Counts  map[string]int `json:"counts"`
	Breaker map[string]int `json:"breaker"`
}

// reconcile has every synchronization's calendars compared and repaired, and approves
// what the circuit breaker holds back.
func (a admin) reconcile(ctx context.Context, out io.Writer) error {
	for _, synchronization := range []string{"demo-office365", "demo-exchange", "demo-google"} {
		var run progress
		body := map[string]any{"synchronization": synchronization, "repair": true}
		address := a.url("/api/v1/reconciliations")
		if status := call(http.MethodPost, address, apiToken, body, &run); status != http.StatusAccepted {
			return fmt.Errorf("the reconciliation of %s was not started: status %d", synchronization, status)
		}
		ended, err := a.follow(ctx, address+"/"+run.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", synchronization, err)
		}
		fmt.Fprintf(out, "reconciliation of %s: %s, %v\n", synchronization, ended.Status, ended.Counts)
	}
	return nil
}

func (a admin) follow(ctx context.Context, address string) (progress, error) {
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); {
		var run progress
		if status := call(http.MethodGet, address, apiToken, nil, &run); status != http.StatusOK {
			return run, fmt.Errorf("the reconciliation is not told: status %d", status)
		}
		switch run.Status {
		case "running":
		case "waiting":
			call(http.MethodPost, address+"/approve", apiToken, run.Breaker, nil)
		case "completed":
			return run, nil
		default:
			return run, fmt.Errorf("the reconciliation ended as %s", run.Status)
		}
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
	return progress{}, errors.New("the reconciliation does not end")
}

// releaseHeld carries out the deletions that are held because there were many.
func (a admin) releaseHeld() {
	call(http.MethodPost, a.url("/api/v1/held/demo/approve"), apiToken, map[string]any{}, nil)
}

// story is what the API tells of an absence, for somebody who looks for a failure.
func (a admin) story(leave string) string {
	var told any
	status := call(http.MethodGet, a.url("/api/v1/absences/demo/"+leave), apiToken, nil, &told)
	text, _ := json.Marshal(told)
	return strconv.Itoa(status) + " " + string(text)
}
