package calendars_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

func TestChecklistHasEveryStepInOrder(t *testing.T) {
	t.Parallel()
	list := calendars.NewChecklist()
	list.OK(calendars.StepAddress, "mail.example.com")
	list.Notice(calendars.StepTLS, calendars.TLSExpiresSoon, "until 2026-12-01")
	list.Fail(calendars.StepCredentials, calendars.PasswordWrong, "NTLM\r\nSet-Cookie: x\x00")
	want := []calendars.Step{
		{Name: "address", Outcome: "ok", Detail: "mail.example.com"},
		{Name: "tls", Outcome: "ok", Finding: "tls-expires-soon", Detail: "until 2026-12-01"},
		{Name: "credentials", Outcome: "failed", Finding: "password-wrong", Detail: "NTLM Set-Cookie: x"},
		{Name: "right", Outcome: "skipped"}, {Name: "mailbox", Outcome: "skipped"},
		{Name: "write", Outcome: "skipped"}, {Name: "remove", Outcome: "skipped"},
	}
	if diff := cmp.Diff(want, list.Steps(), cmpopts.IgnoreFields(calendars.Step{}, "Took")); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if !list.Failed() || calendars.Passed(list.Steps()) || !calendars.Passed(list.Steps()[:2]) {
		t.Error("a failed step does not count")
	}
	if long := calendars.CleanDetail(strings.Repeat("é", 500)); len([]rune(long)) != 200 {
		t.Errorf("%d characters", len([]rune(long)))
	}
}

func TestChecklistTakesTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := calendars.NewChecklist()
		time.Sleep(time.Second)
		list.OK(calendars.StepAddress, "")
		time.Sleep(2 * time.Second)
		list.OK(calendars.StepTLS, "")
		if steps := list.Steps(); steps[0].Took != time.Second || steps[1].Took != 2*time.Second {
			t.Errorf("took %s and %s", steps[0].Took, steps[1].Took)
		}
	})
}

func TestEveryFindingIsListedOnce(t *testing.T) {
	t.Parallel()
	seen := map[calendars.Finding]bool{}
	for _, finding := range calendars.Findings() {
		if seen[finding] || strings.Trim(string(finding), "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%q is there twice or no code", finding)
		}
		seen[finding] = true
	}
}

func TestFindingOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err     error
		finding calendars.Finding
		code    string
	}{
		{context.DeadlineExceeded, calendars.ConnectionTimeout, ""},
		{&calendars.Temporary{Code: "timeout"}, calendars.ConnectionTimeout, "timeout"},
		{&calendars.Temporary{Code: "connection-refused"}, calendars.ConnectionRefused, "connection-refused"},
		{&calendars.Temporary{Code: "connection-reset"}, calendars.ConnectionCut, "connection-reset"},
		{&calendars.Temporary{Code: "HTTP 503"}, calendars.ServiceUnavailable, "HTTP 503"},
		{&calendars.Blocked{Reason: calendars.ConsentMissing, Code: "x"}, calendars.ConsentNeverGiven, "x"},
		{&calendars.Blocked{Reason: calendars.MailboxMissing, Code: "x"}, calendars.MailboxUnknown, "x"},
		{&calendars.Blocked{Reason: calendars.MailboxFull}, calendars.MailboxIsFull, ""},
		{&calendars.Blocked{Reason: "new"}, calendars.Unexpected, ""},
		{&calendars.Invalid{Code: "y"}, calendars.RequestRefused, "y"},
		{&calendars.Gone{Code: "z"}, calendars.CalendarMissing, "z"},
		{errors.New("odd, about jane@example.com"), calendars.Unexpected, ""},
	} {
		if finding, code := calendars.FindingOf(test.err); finding != test.finding || code != test.code {
			t.Errorf("%v: %s, %q, want %s, %q", test.err, finding, code, test.finding, test.code)
		}
	}
}

// box is a mailbox that may misbehave.
type box struct {
	events []calendars.Placed
	shown  absence.Event
	tokens []string

	create, remove error // answered after the work was done
	idle           bool  // create and remove do nothing
	blind          int   // searches that do not show what is there
	onCreate       func()
}

func (b *box) Find(ctx context.Context, _ string, key calendars.Key) ([]calendars.Placed, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if b.blind > 0 {
		b.blind--
		return nil, nil
	}
	var found []calendars.Placed
	for _, placed := range b.events {
		if placed.Marker.Key == key {
			found = append(found, placed)
		}
	}
	return found, nil
}

func (b *box) List(context.Context, string, string) ([]calendars.Listed, error) { return nil, nil }

func (b *box) Shown(context.Context, string, absence.Event) (calendars.Shown, error) {
	return calendars.Shown{}, nil
}

func (b *box) Create(_ context.Context, _ string, marker calendars.Marker, event absence.Event, token string) (calendars.Placed, error) {
	placed := calendars.Placed{Marker: marker, ID: "new"}
	if b.tokens = append(b.tokens, token); !b.idle {
		b.events, b.shown = append(b.events, placed), event
	}
	if b.onCreate != nil {
		b.onCreate()
	}
	if b.create != nil {
		return calendars.Placed{}, b.create
	}
	return placed, nil
}

func (b *box) Update(context.Context, string, calendars.Placed, absence.Event) (calendars.Placed, error) {
	return calendars.Placed{}, errors.New("a probe updates nothing")
}

func (b *box) Delete(ctx context.Context, _ string, placed calendars.Placed) error {
	if ctx.Err() != nil || b.remove != nil {
		return errors.Join(ctx.Err(), b.remove)
	}
	var rest []calendars.Placed
	for _, one := range b.events {
		if one.ID != placed.ID {
			rest = append(rest, one)
		}
	}
	b.events = rest
	return nil
}

func TestProbe(t *testing.T) {
	t.Parallel()
	theirs := calendars.Placed{Marker: calendars.Marker{Key: calendars.Key{Source: "demo", Absence: "1"}, Run: 1}, ID: "theirs"}
	former := calendars.Placed{Marker: calendars.Marker{Key: calendars.ProbeKey, Run: 1}, ID: "former"}
	lost := &calendars.Temporary{Code: "connection-reset"}
	const ok, skipped = "write ok , remove ok ", "write failed "
	for name, test := range map[string]struct {
		box  *box
		want string
		left int // events of probes
	}{
		"good":              {&box{}, ok, 0},
		"slow search":       {&box{blind: 2}, ok, 0},
		"former left":       {&box{events: []calendars.Placed{former}}, ok, 0},
		"refused":           {&box{idle: true, create: &calendars.Blocked{Reason: calendars.MailboxFull}}, skipped + "mailbox-full, remove skipped ", 0},
		"answer lost":       {&box{create: lost}, skipped + "connection-cut, remove skipped ", 0},
		"never found":       {&box{blind: 99}, skipped + "written-not-found, remove ok ", 0},
		"not removed":       {&box{remove: lost}, "write ok , remove failed probe-left-behind", 1},
		"lost and left":     {&box{create: lost, remove: lost}, skipped + "connection-cut, remove skipped ", 1},
		"found, not theirs": {&box{events: []calendars.Placed{theirs}}, ok, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if got := probe(t.Context(), test.box); got != test.want {
					t.Errorf("steps %q, want %q", got, test.want)
				}
				left := 0
				for _, placed := range test.box.events {
					if placed.Marker.Key == calendars.ProbeKey {
						left++
					}
				}
				if left != test.left || name == "found, not theirs" && len(test.box.events) != 1 {
					t.Errorf("%d events left, want %d: %v", left, test.left, test.box.events)
				}
			})
		})
	}
}

func probe(ctx context.Context, b *box) string {
	list := calendars.NewChecklist()
	calendars.Probe(ctx, list, b, "jane@example.com", calendars.FindingOf)
	var parts []string
	for _, step := range list.Steps()[5:] {
		parts = append(parts, string(step.Name)+" "+string(step.Outcome)+" "+string(step.Finding))
	}
	return strings.Join(parts, ", ")
}

// Whoever gives up in between must not leave an event.
func TestProbeCleansUpAfterTheCallerIsGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	b := &box{onCreate: cancel}
	if got := probe(ctx, b); !strings.HasPrefix(got, "write failed connection-timeout") || len(b.events) != 0 {
		t.Errorf("steps %q, left %v", got, b.events)
	}
}

func TestProbeEventIsHarmless(t *testing.T) {
	t.Parallel()
	event := calendars.ProbeEvent(time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC))
	want := absence.Event{
		Run: 1, Title: "figgosync", AllDay: true, Zone: "Etc/UTC", Status: absence.Confirmed, ShowAs: absence.Free,
		Start: absence.LocalTime{Date: absence.Date{Year: 2029, Month: 3, Day: 1}}, End: absence.LocalTime{Date: absence.Date{Year: 2029, Month: 3, Day: 2}},
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	b := &box{}
	probe(t.Context(), b)
	probe(t.Context(), b)
	if len(b.tokens) != 2 || b.tokens[0] == b.tokens[1] {
		t.Errorf("tokens %v: a second probe would be taken for the first one, repeated", b.tokens)
	}
}
