package activities_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// checkers opens one checker, and counts what is left open.
type checkers struct {
	fails    error
	open     int
	mailbox  string
	probe    bool
	deadline time.Duration
}

func (c *checkers) Checker(context.Context, string) (calendars.Checker, func(), error) {
	if c.fails != nil {
		return nil, nil, c.fails
	}
	c.open++
	return c, func() { c.open-- }, nil
}

func (c *checkers) Check(ctx context.Context, mailbox string, probe bool) []calendars.Step {
	c.mailbox, c.probe = mailbox, probe
	if end, ok := ctx.Deadline(); ok {
		c.deadline = time.Until(end)
	}
	list := calendars.NewChecklist()
	list.OK(calendars.StepAddress, "mail.example.com")
	list.Fail(calendars.StepTLS, calendars.TLSExpired, "on 2026-01-31")
	return list.Steps()
}

func TestCheckConnection(t *testing.T) {
	t.Parallel()
	c := &checkers{}
	a := &activities.Activities{Checkers: c, Log: slog.New(slog.DiscardHandler)}
	result, err := a.CheckConnection(t.Context(), workflows.CheckRequest{Connection: "c1", Mailbox: "jane.doe@example.com", Probe: true})
	if err != nil || len(result.Steps) != 7 || c.open != 0 || c.mailbox != "jane.doe@example.com" || !c.probe {
		t.Errorf("%+v, %v; %+v", result, err, c)
	}
	result.Steps[1].Took = 0
	if diff := cmp.Diff(workflows.CheckStep{Name: "tls", Outcome: "failed", Finding: "tls-expired", Detail: "on 2026-01-31"}, result.Steps[1]); diff != "" {
		t.Errorf("step (-want +got):\n%s", diff)
	}
	// A probe's removal takes up to 15 s more.
	if c.deadline == 0 || c.deadline > workflows.CheckTime-15*time.Second {
		t.Errorf("the check may take %s of %s", c.deadline, workflows.CheckTime)
	}
}

func TestCheckConnectionThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	bad := &calendars.Blocked{Reason: calendars.CredentialsRejected, Code: "bad-configuration", Err: errors.New("graph: the client id is missing")}
	for finding, fails := range map[string]error{
		"connection-unknown-to-worker": settings.ErrNotFound,
		"settings-invalid":             bad,
		"":                             errors.New("the disk is gone"),
	} {
		a := &activities.Activities{Checkers: &checkers{fails: fails}, Log: slog.New(slog.DiscardHandler)}
		result, err := a.CheckConnection(t.Context(), workflows.CheckRequest{Connection: "c1"})
		if finding == "" {
			if err == nil {
				t.Error("no error")
			}
			continue
		}
		if err != nil || result.Steps[0].Finding != finding || result.Steps[0].Outcome != "failed" || result.Steps[1].Outcome != "skipped" {
			t.Errorf("%s: %+v, %v", finding, result, err)
		}
		if finding == "settings-invalid" && result.Steps[0].Detail != "graph: the client id is missing" {
			t.Errorf("detail %q", result.Steps[0].Detail)
		}
	}
}

// replyCheckers are checkers whose calendar works and has automatic replies.
type replyCheckers struct {
	*calendartest.Memory
}

func (c *replyCheckers) Checker(context.Context, string) (calendars.Checker, func(), error) {
	return c, func() {}, nil
}

func (c *replyCheckers) Check(context.Context, string, bool) []calendars.Step {
	list := calendars.NewChecklist()
	list.OK(calendars.StepMailbox, "")
	return list.Steps()
}

// Whether automatic replies are granted is looked at only where somebody wants to know,
// and changes nothing about the other steps.
func TestCheckOfAutomaticReplies(t *testing.T) {
	t.Parallel()
	const mailbox = "jane.doe@example.com"
	for name, test := range map[string]struct {
		request workflows.CheckRequest
		refused error
		want    string
	}{
		"nobody asks":   {workflows.CheckRequest{Mailbox: mailbox}, nil, ""},
		"no mailbox":    {workflows.CheckRequest{AutoReplies: true}, nil, ""},
		"granted":       {workflows.CheckRequest{Mailbox: mailbox, AutoReplies: true}, nil, "ok "},
		"not granted":   {workflows.CheckRequest{Mailbox: mailbox, AutoReplies: true}, &calendars.Blocked{Reason: calendars.AutoReplyNotGranted, Code: "401"}, "failed auto-reply-not-granted"},
		"it is busy":    {workflows.CheckRequest{Mailbox: mailbox, AutoReplies: true}, &calendars.Temporary{Code: "503"}, "failed service-unavailable"},
		"nobody's mail": {workflows.CheckRequest{Mailbox: "nobody@example.com", AutoReplies: true}, nil, "failed mailbox-unknown"},
	} {
		memory := calendartest.NewMemory(mailbox)
		memory.Before = func(calendartest.Operation) error { return test.refused }
		a := &activities.Activities{Checkers: &replyCheckers{Memory: memory}, Log: slog.New(slog.DiscardHandler)}
		result, err := a.CheckConnection(t.Context(), test.request)
		got := ""
		if len(result.Steps) == 8 {
			got = result.Steps[7].Outcome + " " + result.Steps[7].Finding
		}
		if err != nil || got != test.want || len(result.Steps) > 8 {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}
