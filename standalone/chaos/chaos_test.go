package main

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestASeedMakesTheSamePlan(t *testing.T) {
	one, again, other := newPlan(7, 5*time.Minute, 6), newPlan(7, 5*time.Minute, 6), newPlan(8, 5*time.Minute, 6)
	if !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Error("a plan is not its seed's alone")
	}
	count := map[kind]int{}
	for _, s := range one {
		count[s.kind]++
	}
	for k := range kinds {
		if count[k] == 0 {
			t.Errorf("no %s in five minutes", what[k].name)
		}
	}
}

func TestWhatAnAbsenceLooksLike(t *testing.T) {
	for name, test := range map[string]struct {
		leave lucca.Leave
		want  mailboxes.View
	}{
		"days": {lucca.Leave{StartsOn: "2026-12-30", EndsOn: "2026-12-31"},
			mailboxes.View{Start: "2026-12-30", End: "2027-01-01", AllDay: true}},
		"a morning": {lucca.Leave{StartsOn: "2026-12-30", EndsOn: "2026-12-30", EndPosition: lucca.FirstHalfDay},
			mailboxes.View{Start: "2026-12-30T09:00", End: "2026-12-30T12:00"}},
		"from noon": {lucca.Leave{StartsOn: "2026-12-30", EndsOn: "2026-12-31", StartPosition: lucca.SecondHalfDay},
			mailboxes.View{Start: "2026-12-30T14:00", End: "2026-12-31T18:00"}},
	} {
		got := view(test.leave, 3, lucca.Tentative)
		test.want.Subject, test.want.TimeZone, test.want.Marked = "Absent", "Indian/Reunion", true
		test.want.ShowAs, test.want.Status = "opaque", "tentative"
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func TestWhoseWebhookItIs(t *testing.T) {
	for body, want := range map[string]int{
		`{"id":"9001","type":"event","data":{"id":"8750","type":"leave"}}`:              8750,
		`{"id":"9001","type":"event","data":{"id":"12","type":"leave-request"}}`:        0,
		`{"id":"8751-20261230-PM","date":"2026-12-30","isAm":false,"isConfirmed":true}`: 8751,
		`{"id":"9001","type":"event","data":{"id":"7","type":"employee"}}`:              0,
		`nonsense`: 0,
	} {
		if got := leaveOf([]byte(body)); got != want {
			t.Errorf("%s is of absence %d, want %d", body, got, want)
		}
	}
}

// What figgosync never takes is told to nobody, whichever kind of webhook it is.
func TestWhatIsGivenUpIsLost(t *testing.T) {
	d, err := newDeliveries(1, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.close() }()
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer busy.Close()
	d.to.Store(&busy.URL)
	d.patience = time.Nanosecond
	for _, body := range []string{`{"data":{"id":"8750","type":"leave"}}`, `{"id":"8751-20261230-PM","date":"2026-12-30"}`} {
		d.late.Add(1)
		d.deliverLate(http.Header{}, "/", []byte(body), 0)
	}
	if lost := d.lost; !lost[8750] || !lost[8751] || len(lost) != 2 {
		t.Errorf("lost are %v", lost)
	}
}

func TestWhatAnAbsenceMayLookLikeThatWasNotAnnouncedWholly(t *testing.T) {
	days := lucca.Leave{StartsOn: "2026-12-29", EndsOn: "2026-12-30", Via: lucca.HTTP}
	whole := view(days, 1, lucca.Confirmed)
	morning, another := whole, whole
	morning.AllDay, morning.Start, morning.End = false, "2026-12-30T09:00", "2026-12-30T12:00"
	another.End = "2027-01-01"
	for _, via := range []lucca.Generation{lucca.V5, lucca.HTTP} {
		days.Via = via
		if !mayShow(days, 1, whole) || mayShow(days, 1, another) || mayShow(days, 1, morning) != (via == lucca.HTTP) {
			t.Errorf("%s: %t, %t, %t", via, mayShow(days, 1, whole), mayShow(days, 1, another), mayShow(days, 1, morning))
		}
	}
}

// A slow machine is given time as long as something changes, and no longer.
func TestItWaitsAsLongAsSomethingChanges(t *testing.T) {
	looks := 0
	counting := func(until, done int) func() (string, bool) {
		looks = 0
		return func() (string, bool) {
			looks++
			return strconv.Itoa(min(looks, until)), looks == done
		}
	}
	synctest.Test(t, func(t *testing.T) {
		if err := unchanged(t.Context(), 10*time.Second, 4*time.Second, counting(9, 9)); err != nil || looks != 9 {
			t.Errorf("%v after %d looks at what changes", err, looks)
		}
		err := unchanged(t.Context(), 10*time.Second, 4*time.Second, counting(2, 100))
		if !errors.Is(err, errNothingChanges) || looks != 5 {
			t.Errorf("%v after %d looks at what does not change", err, looks)
		}
		began := time.Now()
		err = unchanged(t.Context(), 10*time.Second, 4*time.Second, counting(1000, 1000))
		if took := time.Since(began); !errors.Is(err, errNothingChanges) || took < 40*time.Second || took > 48*time.Second {
			t.Errorf("%v after %s of changes without an end", err, took)
		}
	})
}
