package graph_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type step = map[string]any

func post(id, email string, event map[string]any, more ...any) step {
	return with(step{
		"id": id, "method": "POST", "url": "/users/" + email + "/calendar/events",
		"headers": map[string]string{"Content-Type": "application/json"}, "body": event,
	}, more...)
}

func (w *world) batch(steps ...step) answer {
	w.t.Helper()
	return w.do("POST", "/$batch", map[string]any{"requests": steps})
}

// statuses by id of the answers of a batch.
func (w *world) statuses(a answer) map[string]int {
	w.t.Helper()
	w.must(http.StatusOK, a)
	validate(w.t, "batchResponse", a.body)
	got := map[string]int{}
	list, _ := a.body["responses"].([]any)
	for _, member := range list {
		response, _ := member.(map[string]any)
		id, _ := response["id"].(string)
		status, _ := response["status"].(float64)
		got[id] = int(status)
	}
	return got
}

func TestBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	text, err := json.Marshal(timed())
	if err != nil {
		t.Fatal(err)
	}
	a := w.batch(
		post("a", anna, timed(), "headers", map[string]string{"content-type": "application/json", "Prefer": `IdType="ImmutableId"`}),
		post("b", ravi, timed()),
		post("c", ravi, with(timed(), "colour", "red")),
		step{"id": "d", "method": "GET", "url": "users/nobody@example.com/events"},
		post("e", anna, nil, "body", base64.StdEncoding.EncodeToString(text)),
		step{"id": "f", "method": "GET", "url": "/users/" + anna + "/calendarView"},
	)
	if diff := cmp.Diff(map[string]int{"a": 201, "b": 201, "c": 400, "d": 404, "e": 201, "f": 400}, w.statuses(a)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	list, _ := a.body["responses"].([]any)
	for _, member := range list {
		response, _ := member.(map[string]any)
		body, _ := response["body"].(map[string]any)
		id, _ := body["id"].(string)
		// Prefer counts for the request it stands in, and no other.
		if want := map[any]int{"a": 72, "b": 140}[response["id"]]; want != 0 && len(id) != want {
			t.Errorf("id of %v has %d characters, want %d", response["id"], len(id), want)
		}
	}
	if first, _ := list[0].(map[string]any); first["id"] == "a" {
		t.Error("answers come in the order of the requests")
	}
}

// Twenty for one mailbox: four succeed. In a chain all do.
func TestBatchIsThrottledLikeAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var together, chained []step
	for i := range 20 {
		together = append(together, post(fmt.Sprint(i), anna, timed()))
		chained = append(chained, post(fmt.Sprint(i), ravi, timed()))
		if i > 0 {
			chained[i]["dependsOn"] = []string{fmt.Sprint(i - 1)}
		}
	}
	a := w.batch(together...)
	count := map[int]int{}
	for _, status := range w.statuses(a) {
		count[status]++
	}
	if diff := cmp.Diff(map[int]int{201: 4, 429: 16}, count); diff != "" {
		t.Errorf("together (-want +got):\n%s", diff)
	}
	list, _ := a.body["responses"].([]any)
	for _, member := range list {
		response, _ := member.(map[string]any)
		headers, _ := response["headers"].(map[string]any)
		if response["status"] == 429.0 && headers["Retry-After"] != "1.250" {
			t.Errorf("throttled without its own Retry-After: %v", headers)
		}
	}
	w.statuses(w.batch(chained...))
	if n := len(w.views(ravi)); n != 20 {
		t.Errorf("chained: %d events, want 20", n)
	}
}

func TestBatchStopsAfterAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	a := w.batch(
		post("1", anna, with(timed(), "colour", "red")),
		post("2", anna, timed(), "dependsOn", []string{"1"}),
		post("3", anna, timed(), "dependsOn", []string{"2"}),
		post("4", anna, timed()),
	)
	if diff := cmp.Diff(map[string]int{"1": 400, "2": 424, "3": 424, "4": 201}, w.statuses(a)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestBatchesRefusedWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var many []step
	for i := range 21 {
		many = append(many, post(fmt.Sprint(i), anna, timed()))
	}
	for name, steps := range map[string][]step{
		"none":                        {},
		"twenty-one":                  many,
		"same id but for case":        {post("A", anna, timed()), post("a", anna, timed())},
		"no id":                       {post("", anna, timed())},
		"absolute":                    {post("1", anna, timed(), "url", "https://graph.microsoft.com/v1.0/users")},
		"nested":                      {post("1", anna, timed(), "url", "/$batch")},
		"write without content type":  {post("1", anna, timed(), "headers", nil)},
		"depends on the unknown":      {post("1", anna, timed(), "dependsOn", []string{"9"})},
		"depends on a later one":      {post("1", anna, timed(), "dependsOn", []string{"2"}), post("2", anna, timed())},
		"depends on two":              {post("1", anna, timed()), post("2", anna, timed()), post("3", anna, timed(), "dependsOn", []string{"1", "2"})},
		"unknown member":              {post("1", anna, timed(), "atomicityGroup", "g")},
		"method in a word of its own": {post("1", anna, timed(), "method", "CREATE")},
	} {
		if a := w.batch(steps...); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := w.do("POST", "/$batch", map[string]any{"requests": []step{post("1", anna, timed())}}, "Authorization", ""); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", a.status)
	}
	if a := w.do("GET", "/$batch", nil); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", a.status)
	}
	if n := len(w.views(anna)); n != 0 {
		t.Errorf("refused batches made %d events", n)
	}
}
