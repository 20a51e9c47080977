package google_test

import (
	"errors"
	"fmt"
	"testing"

	"google.golang.org/api/calendar/v3"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/sandbox/google"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestADeletedEventKeepsItsID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(alice)
	event := &calendar.Event{
		Id: "abcde", Summary: "Absent", Start: &calendar.EventDateTime{Date: "2026-12-01"}, End: &calendar.EventDateTime{Date: "2026-12-02"},
		ExtendedProperties: &calendar.EventExtendedProperties{Private: map[string]string{"figgosyncKey": "demo/7"}},
	}
	if _, err := client.Events.Insert("primary", event).Do(); err != nil {
		t.Fatal(err)
	}
	if err := client.Events.Delete("primary", "abcde").SendUpdates("none").Do(); err != nil {
		t.Fatal(err)
	}
	equal(t, "what the person sees", []mailboxes.View{}, w.views(alice))
	tombstone, err := client.Events.Get("primary", "abcde").Do()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "status", "cancelled", tombstone.Status)
	wantGoogle(t, "delete again", client.Events.Delete("primary", "abcde").Do(), 410, "deleted")
	_, err = client.Events.Insert("primary", event).Do()
	wantGoogle(t, "insert again", err, 409, "duplicate")
	_, err = client.Events.Patch("primary", "abcde", &calendar.Event{Summary: "x"}).Do()
	wantGoogle(t, "a change that does not restore", err, 410, "deleted")
	want(t, "an update that does not restore", w.do("PUT", "/abcde", `{"sequence":1,`+day+`}`), 410, "deleted")
	want(t, "cancelling again", w.do("PATCH", "/abcde", `{"status":"cancelled"}`), 410, "deleted")

	restored, err := client.Events.Patch("primary", "abcde", &calendar.Event{Status: "tentative"}).Do()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "restored", []string{"tentative", "Absent", "demo/7"},
		[]string{restored.Status, restored.Summary, restored.ExtendedProperties.Private["figgosyncKey"]})
	equal(t, "what the person sees", 1, len(w.views(alice)))

	cancelled := ok(t, "cancel", w.do("PATCH", "/abcde", `{"status":"cancelled"}`), 200)
	equal(t, "status", "cancelled", cancelled.text("status"))
	equal(t, "what the person sees", []mailboxes.View{}, w.views(alice))
	tombstone, err = client.Events.Get("primary", "abcde").Do()
	if err != nil {
		t.Fatal(err)
	}
	event.Status, event.Sequence = "confirmed", tombstone.Sequence
	if _, err := client.Events.Update("primary", "abcde", event).Do(); err != nil {
		t.Fatal(err)
	}
	equal(t, "what the person sees", "confirmed", w.views(alice)[0].Status)
	wantGoogle(t, "delete what never was", client.Events.Delete("primary", "fffff").Do(), 404, "notFound")
	_, err = client.Events.Get("primary", "fffff").Do()
	wantGoogle(t, "get what never was", err, 404, "notFound")
}

func TestWhatThePersonDeletedCannotBeRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok(t, "insert", w.do("POST", "", `{"id":"abcde",`+day+`}`), 200)
	if err := w.service.UserDelete(alice, "abcde"); err != nil {
		t.Fatal(err)
	}
	equal(t, "status", "cancelled", ok(t, "get", w.do("GET", "/abcde", ""), 200).text("status"))
	want(t, "patch", w.do("PATCH", "/abcde", `{"status":"confirmed"}`), 403, "forbidden")
	want(t, "update", w.do("PUT", "/abcde", `{"status":"confirmed","sequence":9,`+day+`}`), 403, "forbidden")
	want(t, "insert", w.do("POST", "", `{"id":"abcde",`+day+`}`), 409, "duplicate")
	want(t, "delete", w.do("DELETE", "/abcde", ""), 410, "deleted")
	ok(t, "another id", w.do("POST", "", `{"id":"abcde1",`+day+`}`), 200)
	for _, c := range []struct {
		email, id string
		want      error
	}{{alice, "abcde", mailboxes.ErrNoEvent}, {alice, "fffff", mailboxes.ErrNoEvent}, {"carol@example.com", "abcde", mailboxes.ErrNoMailbox}} {
		if err := w.service.UserDelete(c.email, c.id); !errors.Is(err, c.want) {
			t.Errorf("%s %s: %v, want %v", c.email, c.id, err, c.want)
		}
	}
}

// TestTheLifeOfAnID does random things to a few ids and compares each answer
// with a model of three states.
func TestTheLifeOfAnID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *google.Config) { c.PerUserPerMinute, c.PerProjectPerMinute = 1<<30, 1<<30 })
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		model := map[string]string{} // id: "", live, cancelled or gone (by the person)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			id := fmt.Sprintf("r%di%d", round, rapid.IntRange(100, 102).Draw(t, "id"))
			state := model[id]
			switch act := rapid.SampledFrom([]string{"insert", "delete", "restore", "retitle", "user", "get"}).Draw(t, "act"); act {
			case "insert":
				got := w.do("POST", "", `{"id":"`+id+`",`+day+`}`)
				equal(t, act+" when "+state, map[bool]int{true: 200, false: 409}[state == ""], got.status)
				if state == "" {
					model[id] = "live"
				}
			case "delete":
				got := w.do("DELETE", "/"+id, "")
				equal(t, act+" when "+state, map[string]int{"": 404, "live": 204, "cancelled": 410, "gone": 410}[state], got.status)
				if state == "live" {
					model[id] = "cancelled"
				}
			case "restore":
				got := w.do("PATCH", "/"+id, `{"status":"confirmed"}`)
				equal(t, act+" when "+state, map[string]int{"": 404, "live": 200, "cancelled": 200, "gone": 403}[state], got.status)
				if state == "cancelled" {
					model[id] = "live"
				}
			case "retitle":
				got := w.do("PATCH", "/"+id, `{"summary":"x"}`)
				equal(t, act+" when "+state, map[string]int{"": 404, "live": 200, "cancelled": 410, "gone": 410}[state], got.status)
			case "user":
				if err := w.service.UserDelete(alice, id); (err == nil) != (state == "live") {
					t.Errorf("UserDelete when %q: %v", state, err)
				}
				if state == "live" {
					model[id] = "gone"
				}
			case "get":
				got := w.do("GET", "/"+id, "")
				equal(t, act+" when "+state, map[string]string{"": "", "live": "confirmed", "cancelled": "cancelled", "gone": "cancelled"}[state], got.text("status"))
			}
		}
		live := 0
		for _, state := range model {
			if state == "live" {
				live++
			}
		}
		equal(t, "what the person sees", live, len(w.views(alice)))
		for id := range model {
			w.do("DELETE", "/"+id, "")
		}
	})
}

func TestOneOfManyInsertsOfAnIDWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token(alice)
	statuses := make(chan int)
	for range 20 {
		go func() { statuses <- w.do("POST", "", `{"id":"abcde",`+day+`}`).status }()
	}
	count := map[int]int{}
	for range 20 {
		count[<-statuses]++
	}
	equal(t, "answers", map[int]int{200: 1, 409: 19}, count)
	equal(t, "what the person sees", 1, len(w.views(alice)))
}
