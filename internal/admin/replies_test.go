package admin_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// newRepliesDesk is a desk whose first synchronization wants automatic replies, and the
// time, which goes on by a minute with every call.
func newRepliesDesk(t *testing.T, change func(*settings.Synchronization)) (desk, settings.Synchronization) {
	t.Helper()
	start := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	var calls atomic.Int64 // the overview reads the time in goroutines of its own
	d := newDesk(t, func(c *admin.Config) {
		c.Now = func() time.Time { return start.Add(time.Duration(calls.Add(1)) * time.Minute) }
	}).fill(t)
	all, err := d.store.Synchronizations(t.Context())
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	one := all[0]
	view, err := d.Synchronization(t.Context(), one.Name)
	if err != nil {
		t.Fatal(err)
	}
	one.Policy.AutomaticReplies = absence.AutomaticReplies{Enabled: true, Audience: absence.ReplyContacts}
	change(&one)
	if _, err := d.PutSynchronization(t.Context(), alice, one, view.Version); err != nil {
		t.Fatal(err)
	}
	return d, one
}

// refusedRepliesOf are the troubles about automatic replies, and what the overview tells.
func refusedRepliesOf(t *testing.T, d desk) (troubles, told []string) {
	t.Helper()
	watch := admin.Watch{Service: d.Service}
	found := watch.Troubles(t.Context())
	for _, one := range found.Troubles {
		if one.Kind == settings.TroubleReplies {
			troubles = append(troubles, fmt.Sprintf("%s %s %d %s", one.About, one.Name, one.Count, one.Path))
		}
	}
	for _, kind := range found.Unknown {
		if kind == settings.TroubleReplies {
			troubles = append(troubles, "unknown")
		}
	}
	overview, err := d.Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, health := range overview.Synchronizations {
		for _, one := range health.Replies {
			told = append(told, fmt.Sprintf("%s %s %d", one.Connection, one.Reason(), one.Count))
		}
	}
	return troubles, told
}

// A missing grant of automatic replies is one trouble of the connection, on the overview
// too, with its end; a mailbox's refusal is on the overview only.
func TestRefusedRepliesAreTold(t *testing.T) {
	for name, test := range map[string]struct {
		scopes         []string
		off            bool
		down           error
		troubles, told string
	}{
		"nobody's":         {nil, false, nil, "", ""},
		"the connection's": {[]string{"mailbox", "connection", "connection"}, false, nil, "connection C 3 /connections/C", "C auto-reply-not-granted 3"},
		"one mailbox's":    {[]string{"mailbox"}, false, nil, "", "C auto-reply-not-granted 1"},
		"nobody answers":   {[]string{""}, false, nil, "connection C 1 /connections/C", "C auto-reply-not-granted 1"},
		"switched off":     {[]string{"connection"}, true, nil, "", ""},
		"temporal is away": {[]string{"connection"}, false, errors.New("down"), "unknown", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, one := newRepliesDesk(t, func(s *settings.Synchronization) { s.Policy.AutomaticReplies.Enabled = !test.off })
			d.engine.replies = map[string]workflows.RepliesState{}
			for i, scope := range test.scopes {
				employee := fmt.Sprint(i)
				d.engine.refused = append(d.engine.refused, starter.RepliesLine{Source: one.Source, Employee: employee, Synchronization: one.Name})
				if scope != "" {
					d.engine.replies[employee] = workflows.RepliesState{
						Connection: one.Connection, Trouble: &workflows.Trouble{Reason: string(calendars.AutoReplyNotGranted), Scope: scope},
					}
				}
			}
			d.engine.down = test.down
			troubles, told := refusedRepliesOf(t, d)
			in := strings.NewReplacer("C", one.Connection)
			if got := strings.Join(troubles, "; "); got != in.Replace(test.troubles) {
				t.Errorf("troubles %q, want %q", got, in.Replace(test.troubles))
			}
			if got := strings.Join(told, "; "); got != in.Replace(test.told) {
				t.Errorf("the overview tells %q, want %q", got, in.Replace(test.told))
			}
			d.engine.down, d.engine.refused = nil, nil
			if troubles, told := refusedRepliesOf(t, d); len(troubles)+len(told) > 0 {
				t.Errorf("once granted: %q, %q", troubles, told)
			}
		})
	}
}

// A reply stands in a mailbox of one of two connections, of which only one lacks the grant.
func TestRefusedRepliesOfTwoConnections(t *testing.T) {
	d, one := newRepliesDesk(t, func(*settings.Synchronization) {})
	d.engine.replies = map[string]workflows.RepliesState{}
	for employee, connection := range map[string]string{"1": one.Connection, "2": "other", "3": "other"} {
		d.engine.refused = append(d.engine.refused, starter.RepliesLine{Source: one.Source, Employee: employee, Synchronization: one.Name})
		d.engine.replies[employee] = workflows.RepliesState{
			Connection: connection, Trouble: &workflows.Trouble{Reason: string(calendars.AutoReplyNotGranted), Scope: "connection"},
		}
	}
	troubles, told := refusedRepliesOf(t, d)
	if len(troubles) != 1 || len(told) != 2 {
		t.Errorf("troubles %q, the overview tells %q", troubles, told)
	}
}

// How a person's replies stand is told without a text of anybody's.
func TestRepliesAreToldWithoutTexts(t *testing.T) {
	d, one := newRepliesDesk(t, func(*settings.Synchronization) {})
	until := time.Date(2026, 12, 14, 0, 0, 0, 0, time.UTC)
	place := workflows.Place{Connection: one.Connection, Provider: "google", Mailbox: "y@example.com"}
	secret := calendars.AutoReply{Inside: "I am in hospital", Outside: "I am in hospital", From: until.AddDate(0, 0, -7), Kept: []byte(`"I am in hospital"`)}
	d.engine.replies = map[string]workflows.RepliesState{"419": {
		Source: one.Source, Employee: "419", Synchronization: one.Name, Status: workflows.StatusSynced,
		Absences: []workflows.RepliedAbsence{{Absence: "8750", Content: &absence.Absence{AccountName: "Maladie"}}},
		Standing: &workflows.StandingReply{Place: place, Own: secret, Written: secret, Expect: []string{"x"}, Tried: []calendars.AutoReply{secret},
			Absences: []string{"8750"}, Until: until},
		Next: until,
	}}
	got, err := d.Replies(t.Context(), one.Source, "419")
	if err != nil {
		t.Fatal(err)
	}
	want := admin.Replies{
		Source: one.Source, Employee: "419", Synchronization: one.Name, Status: workflows.StatusSynced, Absences: []string{"8750"}, Next: until,
		Standing: &admin.StandingReply{Place: place, From: secret.From, Until: until, Absences: []string{"8750"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := d.Replies(t.Context(), one.Source, "420"); !errors.Is(err, starter.ErrNotFound) {
		t.Errorf("of somebody else: %v", err)
	}
	found := starter.Absence{State: workflows.State{Source: one.Source, Employee: "419", Synchronization: one.Name}}
	if shown := d.AbsenceReplies(t.Context(), found); shown == nil || shown.Status != workflows.StatusSynced {
		t.Errorf("the absence tells %+v", shown)
	}
	found.Employee = "420"
	if shown := d.AbsenceReplies(t.Context(), found); shown != nil {
		t.Errorf("the absence of somebody else tells %+v", shown)
	}
}
