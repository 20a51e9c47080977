package browser_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"
)

var httpClient = &http.Client{Timeout: 60 * time.Second}

// call makes a request and reads its JSON answer; answer may be nil for none.
func call(request *http.Request, answer any) error {
	response, err := httpClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s answered %s: %s", request.Method, request.URL.Path, response.Status, bytes.TrimSpace(body))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(body, answer)
}

// desk asks the sandbox's desk.
func (r *rehearsal) desk(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, r.Sandbox+"/sandbox"+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := call(request, answer); err != nil {
		t.Fatal(err)
	}
}

// leave is an absence as the desk shows it.
type leave struct {
	ID string `json:"id"`
}

// requestLeave enters an absence in Figgo, approved at once.
func (r *rehearsal) requestLeave(t *testing.T, employee, startsOn, endsOn string) leave {
	t.Helper()
	var made leave
	r.desk(t, http.MethodPost, "/leaves", map[string]string{
		"employee": employee, "startsOn": startsOn, "endsOn": endsOn, "status": "confirmed",
	}, &made)
	return made
}

// event is what a person sees in the calendar.
type event struct {
	Subject string `json:"subject"`
	Start   string `json:"start"`
	Marked  bool   `json:"marked"`
	ShowAs  string `json:"showAs"`
	Private bool   `json:"private"`
	Kind    string `json:"kind"`
}

// events are what a person's calendar shows.
func (r *rehearsal) events(t *testing.T, email string) []event {
	t.Helper()
	var all []event
	r.desk(t, http.MethodGet, "/mailboxes/"+url.PathEscape(email)+"/events", nil, &all)
	return all
}

// waitEvent waits until a calendar shows an absence that starts on a day, and tells
// how many of ours it shows on it.
func (r *rehearsal) waitEvent(t *testing.T, email, day string) int {
	t.Helper()
	for deadline := time.Now().Add(timeout); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		shown := r.events(t, email)
		if count := len(slices.DeleteFunc(shown, func(e event) bool { return !e.Marked || e.Start[:len(day)] != day })); count > 0 {
			return count
		}
	}
	t.Fatalf("the calendar of %s shows nothing on %s", email, day)
	return 0
}

// monday is the Monday of a week to come, 0 the next.
func monday(week int) time.Time {
	today := time.Now()
	return today.AddDate(0, 0, (7-int(today.Weekday()))%7+1+7*week)
}

// day is a working day of a week to come: weekday 0 is its Monday.
func day(week, weekday int) string { return monday(week).AddDate(0, 0, weekday).Format(time.DateOnly) }
