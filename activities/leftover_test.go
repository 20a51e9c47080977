package activities_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// readMailboxes is a calendar that remembers which mailboxes were read.
type readMailboxes struct {
	*calendartest.Memory
	mu   sync.Mutex
	read []string
}

func (l *readMailboxes) List(ctx context.Context, mailbox, source string) ([]calendars.Listed, error) {
	l.mu.Lock()
	l.read = append(l.read, mailbox)
	l.mu.Unlock()
	return l.Memory.List(ctx, mailbox, source)
}

// moving is an office whose people have moved to c1 from c2, where some still have a
// mailbox.
type moving struct {
	*hybrid
	old *readMailboxes
	// provider is c2's.
	provider calendars.Provider
}

func newMoving(t *testing.T, people int, left ...string) *moving {
	t.Helper()
	m := &moving{hybrid: newHybrid(t, people), old: &readMailboxes{Memory: calendartest.NewMemory(left...)}, provider: calendars.Exchange}
	m.host = m
	return m
}

func (m *moving) Connection(ctx context.Context, name string) (settings.Connection, error) {
	connection, err := m.hybrid.Connection(ctx, name)
	if name == "c2" {
		connection.Provider = m.provider
	}
	return connection, err
}

func (m *moving) Calendar(ctx context.Context, name string) (calendars.Calendar, error) {
	if name == "c2" {
		return m.old, nil
	}
	return m.hybrid.Calendar(ctx, name)
}

// put writes the event of an absence into a mailbox behind c2.
func (m *moving) put(t *testing.T, mailbox, absence string) {
	t.Helper()
	_, err := calendars.Apply(t.Context(), m.old.Memory, mailbox, calendars.Key{Source: "demo", Absence: absence},
		m.target(t, m.page.Notices[0]), calendars.Options{Token: absence})
	if err != nil {
		t.Fatal(err)
	}
}

// What is left in the mailbox of another connection of the list is found: of an absence
// that is shown in the first one, and of one that nobody has.
func TestWhatIsLeftBehindAnotherConnectionIsFound(t *testing.T) {
	t.Parallel()
	m := newMoving(t, 3, "p500@example.com", "p501@example.com")
	m.put(t, "p500@example.com", "a500")
	m.put(t, "p501@example.com", "nobodys")
	result, err := m.compare(t)
	want := workflows.ReconciliationCounts{Mailboxes: 3, Absences: 3, Events: 5, Right: 3, Misplaced: 1, Surplus: 1}
	if diff := cmp.Diff(want, result.Counts); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s%+v", err, diff, result.Differences)
	}
}

// Two connections may lead to one mailbox: what stands there right is not left over.
func TestTheSameMailboxThroughTwoConnectionsHasNothingLeft(t *testing.T) {
	t.Parallel()
	m := newMoving(t, 2)
	connection, err := m.Connection(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	m.old.Memory, m.provider = m.Memory, connection.Provider
	result, err := m.compare(t)
	want := workflows.ReconciliationCounts{Mailboxes: 2, Absences: 2, Events: 2, Right: 2}
	if diff := cmp.Diff(want, result.Counts); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s%+v", err, diff, result.Differences)
	}
}

// What cannot be asked is not taken for empty.
func TestAConnectionThatCannotBeAskedIsNotEmpty(t *testing.T) {
	t.Parallel()
	m := newMoving(t, 1)
	m.old.Memory = nil
	m.host = refusing{m}
	result, err := m.compare(t)
	want := workflows.ReconciliationCounts{Mailboxes: 1, Absences: 1, Events: 1, Right: 1, Blocked: 1}
	if diff := cmp.Diff(want, result.Counts); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s%+v", err, diff, result.Differences)
	}
}

// refusing has no right behind c2.
type refusing struct{ *moving }

func (r refusing) Calendar(ctx context.Context, name string) (calendars.Calendar, error) {
	if name == "c2" {
		return refusal{}, nil
	}
	return r.moving.Calendar(ctx, name)
}

type refusal struct{ calendars.Calendar }

func (refusal) List(context.Context, string, string) ([]calendars.Listed, error) {
	return nil, &calendars.Blocked{Reason: calendars.ConsentMissing, Scope: calendars.ScopeConnection, Code: "403"}
}

// Who has no mailbox there is not asked for each night.
func TestAMissingMailboxIsRemembered(t *testing.T) {
	t.Parallel()
	m := newMoving(t, 2, "p500@example.com")
	a := m.withOffice()
	for range 2 {
		if _, err := m.compareBy(t, a); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(m.old.read)
	if diff := cmp.Diff([]string{"p500@example.com", "p500@example.com", "p501@example.com"}, m.old.read); diff != "" {
		t.Errorf("read behind the second connection (-want +got):\n%s", diff)
	}
}
