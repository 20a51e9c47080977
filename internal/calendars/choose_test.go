package calendars_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
)

// standing is a calendar whose events are given. It notes what is asked of it.
type standing struct {
	calendars.Calendar
	events []calendars.Placed
	did    []string
}

func (s *standing) Find(context.Context, string, calendars.Key) ([]calendars.Placed, error) {
	return s.events, nil
}

func (s *standing) Create(
	_ context.Context, _ string, marker calendars.Marker, event absence.Event, _ string,
) (calendars.Placed, error) {
	s.did = append(s.did, "create")
	return calendars.Placed{Marker: marker, ID: "new", Fingerprint: calendars.Fingerprint(event)}, nil
}

func (s *standing) Update(_ context.Context, _ string, placed calendars.Placed, event absence.Event) (calendars.Placed, error) {
	s.did = append(s.did, "update "+placed.ID)
	placed.Fingerprint = calendars.Fingerprint(event)
	return placed, nil
}

func (s *standing) Delete(_ context.Context, _ string, placed calendars.Placed) error {
	s.did = append(s.did, "delete "+placed.ID)
	return nil
}

// found is an event of a run, made at that minute, 0 for an unknown time.
func found(id string, run, minute int, identity calendars.Identity, fingerprint string) calendars.Placed {
	placed := calendars.Placed{
		Marker: calendars.Marker{Key: key, Run: run}, ID: id, Identity: identity, Fingerprint: fingerprint, Version: "v-" + id,
	}
	if minute > 0 {
		placed.CreatedAt = time.Date(2026, 3, 1, 8, minute, 0, 0, time.UTC)
	}
	return placed
}

// What Apply does with what it finds, and that Compare tells the same.
func TestApplyTellsOursFromCopies(t *testing.T) {
	t.Parallel()
	const own, copied, unknown = calendars.IdentityOwn, calendars.IdentityCopy, calendars.IdentityUnknown
	right := calendars.Fingerprint(day(1, 2))
	one, nothing := []absence.Event{day(1, 2)}, []absence.Event(nil)
	type placed = []calendars.Placed
	for name, c := range map[string]struct {
		found  placed
		opts   calendars.Options
		wanted []absence.Event
		did    []string
	}{
		"a copy alone is not adopted": {placed{found("c", 1, 1, copied, right)}, token("t"), one, []string{"create"}},
		"a copy is never removed":     {placed{found("c", 1, 1, copied, right)}, token("t"), nothing, nil},
		"own beside a copy that is right": {
			placed{found("c", 1, 2, copied, right), found("a", 1, 1, own, "old")}, token("t"), one, []string{"update a"},
		},
		"own and its twin": {placed{found("a", 1, 1, own, "old"), found("b", 1, 2, own, right)}, token("t"), one, []string{"delete a"}},
		"known before own": {
			placed{found("a", 1, 1, own, right), found("b", 1, 2, unknown, "old")},
			calendars.Options{Known: []string{"b"}}, one, []string{"update b", "delete a"},
		},
		"own before what is right": {
			placed{found("a", 1, 2, own, "old"), found("b", 1, 1, unknown, right)}, token("t"), one, []string{"update a"},
		},
		"known and a possible copy": {
			placed{found("b", 1, 2, unknown, right), found("a", 1, 1, unknown, right)},
			calendars.Options{Known: []string{"a"}}, one, nil,
		},
		"unknown: the oldest is kept and bound": {
			placed{found("b", 1, 2, unknown, right), found("a", 1, 1, unknown, right), found("c", 1, 3, unknown, right)},
			token("t"), one, []string{"update a"},
		},
		"unknown: an older one is no copy": {
			placed{found("b", 1, 2, unknown, right), found("a", 1, 1, unknown, "old"), found("c", 1, 3, unknown, right)},
			token("t"), one, []string{"delete a"},
		},
		"unknown of an unknown age": {
			placed{found("a", 1, 0, unknown, "old"), found("b", 1, 0, unknown, right)}, token("t"), one, []string{"update b"},
		},
		"deleted: what is certain": {
			placed{found("a", 1, 1, own, right), found("b", 1, 2, unknown, right), found("c", 1, 3, copied, right)},
			token("t"), nothing, []string{"delete a"},
		},
		"deleted: what is known": {
			placed{found("b", 1, 2, unknown, right), found("a", 1, 1, unknown, right)},
			calendars.Options{Known: []string{"a"}}, nothing, []string{"delete a"},
		},
		"deleted: the oldest unknown of each run": {
			placed{found("b", 1, 2, unknown, right), found("a", 1, 1, unknown, right), found("d", 2, 4, unknown, right), found("e", 2, 3, unknown, right)},
			token("t"), nothing, []string{"delete a", "delete e"},
		},
		"deleted: unknown before known": {
			placed{found("a", 1, 1, unknown, right), found("b", 2, 2, unknown, right)},
			calendars.Options{Known: []string{"a"}}, nothing, []string{"delete b", "delete a"},
		},
		"deleted: the known one is gone, a copy may be left": {
			placed{found("b", 1, 2, unknown, right)}, calendars.Options{Known: []string{"a"}}, nothing, nil,
		},
		"a run less": {
			placed{found("a", 1, 1, own, right), found("b", 2, 2, own, right), found("c", 2, 3, copied, right)},
			token("t"), one, []string{"delete b"},
		},
		"written through another place": {
			placed{found("a", 1, 1, own, right)}, calendars.Options{Keep: placed{{ID: "a", Version: "v-a"}}}, nothing, nil,
		},
		"written through another place, without a version": {
			placed{found("a", 1, 1, own, right)}, calendars.Options{Keep: placed{{ID: "a"}}}, nothing, nil,
		},
		"an id that another mailbox has too": {
			placed{found("a", 1, 1, own, right)}, calendars.Options{Keep: placed{{ID: "a", Version: "another"}}}, nothing, []string{"delete a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cal := &standing{events: c.found}
			difference, err := calendars.Compare(t.Context(), cal, mailbox, key, c.wanted, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			apply(t, cal, c.opts, c.wanted...)
			if diff := cmp.Diff(c.did, cal.did); diff != "" {
				t.Errorf("Apply (-want +got):\n%s", diff)
			}
			if equal := difference == calendars.Equal; equal != (len(c.did) == 0) {
				t.Errorf("Compare: %s", difference)
			}
		})
	}
}

// A spurious 404: the event is there all the same.
func TestApplyDoesNotBelieveGone(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"update", "delete"} {
		for name, m := range memories() {
			t.Run(operation+", "+name, func(t *testing.T) {
				wanted := []absence.Event{day(1, 9)}
				if operation == "delete" {
					wanted = nil
				}
				apply(t, m, token("1"), day(1, 2))
				spurious := 2
				m.Before = func(op calendartest.Operation) error {
					if op.Name != operation || spurious == 0 {
						return nil
					}
					spurious--
					return &calendars.Gone{Code: "404"}
				}
				_, err := calendars.Apply(t.Context(), m, mailbox, key, wanted, token("2"))
				if temporary, ok := errors.AsType[*calendars.Temporary](err); !ok || temporary.Code != "still-there" {
					t.Errorf("Gone twice: %v", err)
				}
				shows(t, m, day(1, 2))
				spurious = 1
				apply(t, m, token("2"), wanted...)
				shows(t, m, wanted...)
			})
		}
	}
}
