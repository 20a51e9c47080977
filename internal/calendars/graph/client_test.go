package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/graph"
)

const eventsPath = "/graph/v1.0/users/marie.o%27neil%40example.com/calendar/events"

func TestFindAsksForTheKeyInTheDefaultCalendar(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, list(listed("A1", "lucca/o'42", "2:abcd"))))
	quoted := calendars.Key{Source: "lucca", Absence: "o'42"}
	found, err := f.calendar().Find(t.Context(), mailbox, quoted)
	if err != nil {
		t.Fatal(err)
	}
	want := []calendars.Placed{{Marker: calendars.Marker{Key: quoted, Run: 2}, ID: "A1", Fingerprint: "abcd"}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	got := f.requests()[0]
	if got.Method != "GET" || got.Path != eventsPath {
		t.Errorf("%s %s", got.Method, got.Path)
	}
	query, _ := url.ParseQuery(got.Query)
	wantQuery := url.Values{
		"$filter": {"singleValueExtendedProperties/Any(ep: ep/id eq '" + keyID + "' and ep/value eq 'lucca/o''42')"},
		"$expand": {"singleValueExtendedProperties($filter=id eq '" + keyID + "' or id eq '" + runID + "')"},
		"$select": {"id,isCancelled,iCalUId,createdDateTime"},
		"$top":    {"50"},
	}
	if diff := cmp.Diff(wantQuery, query); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}

func TestEveryRequestCarriesItsHeaders(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, list()))
	cal := f.calendar()
	for range 2 {
		if _, err := cal.Find(t.Context(), mailbox, key); err != nil {
			t.Fatal(err)
		}
	}
	ids := map[string]bool{}
	for _, r := range f.requests() {
		if got := r.Header.Get("Authorization"); got != "Bearer token-1" {
			t.Errorf("Authorization = %q", got)
		}
		if got := r.Header.Get("Prefer"); got != `IdType="ImmutableId"` {
			t.Errorf("Prefer = %q", got)
		}
		id := r.Header.Get("client-request-id")
		if _, err := uuid.Parse(id); err != nil || ids[id] {
			t.Errorf("client-request-id = %q, want a new GUID each time", id)
		}
		ids[id] = true
	}
	if f.tokenCount() != 1 {
		t.Errorf("%d token requests, want 1", f.tokenCount())
	}
}

func TestFindKeepsOnlyLiveEventsOfExactlyThisKey(t *testing.T) {
	t.Parallel()
	cancelled := strings.Replace(listed("A4", "lucca/42", "4:a"), `"isCancelled":false`, `"isCancelled":true`, 1)
	guidInCapitals := strings.Replace(listed("A3", "lucca/42", "3:b"), "7b1f0c52-6d0e-4f0c-9c55", "7B1F0C52-6D0E-4F0C-9C55", 2)
	f := newFake(t, always(200, list(
		listed("A1", "lucca/42", "1:a"), listed("A2", "LUCCA/42", "2:a"), guidInCapitals, cancelled,
		listed("A5", "lucca/42", ""), listed("A6", "lucca/42", "nonsense"))))
	found, err := f.calendar().Find(t.Context(), mailbox, key)
	if err != nil {
		t.Fatal(err)
	}
	want := []calendars.Placed{
		{Marker: calendars.Marker{Key: key, Run: 1}, ID: "A1", Fingerprint: "a"},
		{Marker: calendars.Marker{Key: key, Run: 3}, ID: "A3", Fingerprint: "b"},
		{Marker: calendars.Marker{Key: key}, ID: "A5"},
		{Marker: calendars.Marker{Key: key}, ID: "A6"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestFindReadsAllPages(t *testing.T) {
	t.Parallel()
	var f *fake
	f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("$skip")
		if page == "2" {
			writeJSON(w, 200, list(listed("C", "lucca/42", "3:c")))
			return
		}
		id, next := "A", "1"
		if page == "1" {
			id, next = "B", "2"
		}
		body := list(listed(id, "lucca/42", "1:a"))
		writeJSON(w, 200, strings.TrimSuffix(body, "}")+fmt.Sprintf(`,"@odata.nextLink":"%s%s?%%24skip=%s"}`, f.URL, eventsPath, next))
	})
	found, err := f.calendar().Find(t.Context(), mailbox, key)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range found {
		ids = append(ids, p.ID)
	}
	if diff := cmp.Diff([]string{"A", "B", "C"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	for _, r := range f.requests() {
		if r.Header.Get("Authorization") == "" || r.Header.Get("Prefer") == "" {
			t.Error("a further page was asked for without token or immutable ids")
		}
	}
}

func TestFindFollowsNoLinkElsewhereAndNoEndlessOne(t *testing.T) {
	t.Parallel()
	stranger := newFake(t, always(200, list()))
	var f *fake
	f = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		next := stranger.URL
		if strings.Contains(r.URL.EscapedPath(), "endless") {
			next = f.URL
		}
		writeJSON(w, 200, strings.TrimSuffix(list(), "}")+fmt.Sprintf(`,"@odata.nextLink":"%s%s"}`, next, r.URL.EscapedPath()))
	})
	cal := f.calendar()
	for _, who := range []string{mailbox, "endless@example.com"} {
		found, err := cal.Find(t.Context(), who, key)
		if _, ok := errors.AsType[*calendars.Temporary](err); !ok || found != nil {
			t.Errorf("Find = %v, %v; want Temporary", found, err)
		}
	}
	if n := len(stranger.requests()) + stranger.tokenCount(); n != 0 {
		t.Errorf("the other server got %d requests", n)
	}
	if n := len(f.requests()); n > 40 {
		t.Errorf("%d pages were read", n)
	}
}

func TestCreateWritesTheEvent(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(201, `{"@odata.etag":"W/\"x\"","id":"AAMk1","subject":"Absent","iCalUId":"04AB","createdDateTime":"2026-02-01T08:00:00.5Z"}`))
	event := allDay(t, "2026-02-02", "2026-02-04")
	got, err := f.calendar().Create(t.Context(), mailbox, marker, event, "v1")
	if err != nil {
		t.Fatal(err)
	}
	fingerprint := calendars.Fingerprint(event)
	want := calendars.Placed{
		Marker: marker, ID: "AAMk1", UID: "04AB", CreatedAt: time.Date(2026, 2, 1, 8, 0, 0, 5e8, time.UTC), Fingerprint: fingerprint,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("placed (-want +got):\n%s", diff)
	}
	r := f.requests()[0]
	if r.Method != "POST" || r.Path != eventsPath || r.Header.Get("Content-Length") == "" || r.Header.Get("Content-Encoding") != "" {
		t.Errorf("%s %s with %v", r.Method, r.Path, r.Header)
	}
	id := transactionID(t, r.Body)
	sameJSON(t, r.Body, `{"@odata.type":"#microsoft.graph.event","subject":"Absent",
		"start":{"dateTime":"2026-02-02T00:00:00","timeZone":"Romance Standard Time"},
		"end":{"dateTime":"2026-02-04T00:00:00","timeZone":"Romance Standard Time"},
		"isAllDay":true,"showAs":"oof","sensitivity":"normal","isReminderOn":false,"responseRequested":false,
		"allowNewTimeProposals":false,"transactionId":"`+id+`","singleValueExtendedProperties":[
		{"id":"`+keyID+`","value":"lucca/42"},{"id":"`+runID+`","value":"1:`+fingerprint+`"}]}`)
}

func TestTransactionIDNamesOneCreation(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(201, `{"id":"AAMk1"}`))
	cal, event := f.calendar(), allDay(t, "2026-02-02", "2026-02-03")
	create := func(mailbox string, run int, until, token string) string {
		t.Helper()
		e := event
		e.End.Date = day(t, until)
		if _, err := cal.Create(t.Context(), mailbox, calendars.Marker{Key: key, Run: run}, e, token); err != nil {
			t.Fatal(err)
		}
		all := f.requests()
		return transactionID(t, all[len(all)-1].Body)
	}
	first := create(mailbox, 1, "2026-02-03", "v1")
	if _, err := uuid.Parse(first); err != nil {
		t.Errorf("transactionId %q is not a GUID", first)
	}
	if again := create(strings.ToUpper(mailbox), 1, "2026-02-03", "v1"); again != first {
		t.Error("a repetition has another transactionId")
	}
	for name, other := range map[string]string{
		"token": create(mailbox, 1, "2026-02-03", "v2"), "run": create(mailbox, 2, "2026-02-03", "v1"),
		"content": create(mailbox, 1, "2026-02-05", "v1"), "mailbox": create("paul@example.com", 1, "2026-02-03", "v1"),
	} {
		if other == first {
			t.Errorf("another %s has the same transactionId", name)
		}
	}
}

func TestUpdateWritesAllButTheTransactionAndTheKey(t *testing.T) {
	t.Parallel()
	event := allDay(t, "2026-02-02", "2026-02-04")
	event.Private = true
	fingerprint := calendars.Fingerprint(event)
	for name, answer := range map[string]http.HandlerFunc{
		"200": always(200, `{"id":"AAMk+/="}`),
		"204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
	} {
		f := newFake(t, answer)
		got, err := f.calendar().Update(t.Context(), mailbox, placed, event)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(calendars.Placed{Marker: marker, ID: placed.ID, Fingerprint: fingerprint}, got); diff != "" {
			t.Errorf("placed (-want +got):\n%s", diff)
		}
		r := f.requests()[0]
		if r.Method != "PATCH" || r.Path != eventsPath+"/AAMk%2B%2F%3D" {
			t.Errorf("%s %s", r.Method, r.Path)
		}
		sameJSON(t, r.Body, `{"@odata.type":"#microsoft.graph.event","subject":"Absent",
			"start":{"dateTime":"2026-02-02T00:00:00","timeZone":"Romance Standard Time"},
			"end":{"dateTime":"2026-02-04T00:00:00","timeZone":"Romance Standard Time"},
			"isAllDay":true,"showAs":"oof","sensitivity":"private","singleValueExtendedProperties":[{"id":"`+runID+`","value":"1:`+fingerprint+`"}]}`)
	}
}

func TestDeleteOfWhatIsNotThereIsGone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   outcome
	}{
		"204":               {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, outcome{Kind: "ok"}},
		"ErrorItemNotFound": {always(404, graphError("ErrorItemNotFound")), gone("ErrorItemNotFound")},
		"404 without code":  {always(404, graphError("")), gone("HTTP 404")},
		"410":               {always(410, graphError("")), gone("HTTP 410")},
	} {
		f := newFake(t, test.answer)
		if diff := cmp.Diff(test.want, outcomeOf(f.calendar().Delete(t.Context(), mailbox, placed))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if r := f.requests()[0]; r.Method != "DELETE" || r.Path != eventsPath+"/AAMk%2B%2F%3D" {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

// An owner's copy keeps our properties and gets another iCalUId.
func TestFindTellsCopiesFromOurs(t *testing.T) {
	t.Parallel()
	with := func(id, uid, created string, run string) string {
		event := strings.TrimSuffix(listed(id, "lucca/42", run), "}")
		return event + fmt.Sprintf(`,"iCalUId":%q,"createdDateTime":%q}`, uid, created)
	}
	bound := marker.BoundRunValue("ab", "04AA")
	f := newFake(t, always(200, list(
		with("A1", "04aa", "2026-02-01T08:00:00Z", bound), with("A2", "04BB", "2026-02-02T08:00:00Z", bound),
		with("A3", "04CC", "2026-02-03T08:00:00Z", marker.RunValue("ab")), listed("A4", "lucca/42", bound))))
	found, err := f.calendar().Find(t.Context(), mailbox, key)
	if err != nil {
		t.Fatal(err)
	}
	day := func(d int) time.Time { return time.Date(2026, 2, d, 8, 0, 0, 0, time.UTC) }
	want := []calendars.Placed{
		{Marker: marker, ID: "A1", Fingerprint: "ab", UID: "04aa", CreatedAt: day(1), Identity: calendars.IdentityOwn},
		{Marker: marker, ID: "A2", Fingerprint: "ab", UID: "04BB", CreatedAt: day(2), Identity: calendars.IdentityCopy},
		{Marker: marker, ID: "A3", Fingerprint: "ab", UID: "04CC", CreatedAt: day(3)},
		{Marker: marker, ID: "A4", Fingerprint: "ab"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

// Every update binds the marker to the event whose global id is known.
func TestUpdateBindsTheMarker(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, `{"id":"AAMk+/="}`))
	known, event := placed, allDay(t, "2026-02-02", "2026-02-04")
	known.UID = "04AA"
	got, err := f.calendar().Update(t.Context(), mailbox, known, event)
	if err != nil || got.Identity != calendars.IdentityOwn || got.UID != "04AA" {
		t.Errorf("Update = %+v, %v", got, err)
	}
	if want := marker.BoundRunValue(calendars.Fingerprint(event), "04AA"); !strings.Contains(f.requests()[0].Body, want) {
		t.Errorf("%s does not hold %s", f.requests()[0].Body, want)
	}
}

// A path must never mean another resource than the one event of the one mailbox.
func TestPathsCannotBeBent(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	cal := f.calendar()
	for _, bad := range []calendars.Placed{{}, {ID: ".."}, {ID: " "}} {
		if _, ok := errors.AsType[*calendars.Invalid](cal.Delete(t.Context(), mailbox, bad)); !ok {
			t.Errorf("Delete of %q is not Invalid", bad.ID)
		}
	}
	for _, bad := range []string{"", "..", "\n"} {
		if _, err := cal.Find(t.Context(), bad, key); !isInvalid(err) {
			t.Errorf("Find in %q: %v, want Invalid", bad, err)
		}
	}
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if err := cal.Delete(t.Context(), "a/../b?c#d@example.com", placed); err != nil {
		t.Fatal(err)
	}
	if got, want := f.requests()[0].Path, "/graph/v1.0/users/a%2F..%2Fb%3Fc%23d%40example.com/calendar/events/AAMk%2B%2F%3D"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
}

// The server answers nobody before as many requests are open as may be, so that
// the limits are reached however busy the machine is.
func TestRequestsAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		who  func(i int) string
		most int64
	}{
		"one mailbox":    {func(int) string { return "busy@example.com" }, 4},
		"many mailboxes": {func(i int) string { return fmt.Sprintf("person%d@example.com", i) }, 6},
	} {
		var open, most atomic.Int64
		full := make(chan struct{})
		var once sync.Once
		f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
			now := open.Add(1)
			defer open.Add(-1)
			raise(&most, now)
			if now == test.most {
				once.Do(func() { close(full) })
			}
			<-full
			writeJSON(w, 200, list())
		})
		cal := f.calendar(func(c *graph.Config) { c.MaxConcurrent = 6 })
		if cal.MaxConcurrent() != 6 {
			t.Errorf("MaxConcurrent = %d", cal.MaxConcurrent())
		}
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				if _, err := cal.Find(t.Context(), test.who(i), key); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if most.Load() != test.most {
			t.Errorf("%s: %d at once, want %d", name, most.Load(), test.most)
		}
	}
}

func TestWaitingForAPlaceObeysTheContext(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		writeJSON(w, 200, list())
	})
	cal := f.calendar(func(c *graph.Config) { c.MaxConcurrent = 1 })
	var group sync.WaitGroup
	group.Go(func() { _, _ = cal.Find(t.Context(), mailbox, key) })
	for len(f.requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := cal.Find(ctx, "other@example.com", key); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the context's error", err)
	}
	close(release)
	group.Wait()
	if _, err := cal.Find(t.Context(), mailbox, key); err != nil {
		t.Errorf("the place was not given back: %v", err)
	}
}

func raise(most *atomic.Int64, now int64) {
	for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
	}
}

func isInvalid(err error) bool {
	_, ok := errors.AsType[*calendars.Invalid](err)
	return ok
}
