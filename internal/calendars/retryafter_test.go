package calendars_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// scripted answers Find as told and counts the calls by mailbox.
type scripted struct {
	calendars.Calendar
	answer map[string]error
	calls  map[string]int
}

func (s *scripted) Find(_ context.Context, mailbox string, _ calendars.Key) ([]calendars.Placed, error) {
	s.calls[mailbox]++
	return nil, s.answer[mailbox]
}

func TestHonorRetryAfterLeavesAThrottledMailboxAloneAndNobodyElse(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	inner := &scripted{calls: map[string]int{}, answer: map[string]error{
		"a@x": fmt.Errorf("find: %w", &calendars.Temporary{RetryAfter: 2128 * time.Millisecond, Code: "429"}),
	}}
	cal := calendars.HonorRetryAfter(inner, func() time.Time { return now })
	ask := func(mailbox string) error {
		_, err := cal.Find(t.Context(), mailbox, calendars.Key{})
		return err
	}
	_ = ask("a@x")
	now = now.Add(time.Second)
	err := ask("A@X")
	temporary := (*calendars.Temporary)(nil)
	if !errors.As(err, &temporary) || temporary.RetryAfter != 1128*time.Millisecond {
		t.Errorf("error %v, want a Temporary with the 1.128 s that are left", err)
	}
	if err := ask("b@x"); err != nil {
		t.Errorf("another mailbox: %v", err)
	}
	if inner.calls["a@x"] != 1 || inner.calls["A@X"] != 0 {
		t.Errorf("calls %v: the throttled mailbox was asked before its time", inner.calls)
	}
	now, inner.answer = now.Add(1128*time.Millisecond), nil
	if err := ask("a@x"); err != nil || inner.calls["a@x"] != 2 {
		t.Errorf("after its time: %v, calls %v", err, inner.calls)
	}
}

func TestHonorRetryAfterLeavesAThrottledConnectionAlone(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	inner := &scripted{calls: map[string]int{}, answer: map[string]error{
		"a@x": &calendars.Temporary{RetryAfter: time.Minute, Scope: calendars.ScopeConnection},
		"c@x": &calendars.Temporary{}, // no wish, no wait
	}}
	cal := calendars.HonorRetryAfter(inner, func() time.Time { return now })
	for range 2 {
		_, _ = cal.Find(t.Context(), "c@x", calendars.Key{})
	}
	_, _ = cal.Find(t.Context(), "a@x", calendars.Key{})
	if _, err := cal.Find(t.Context(), "b@x", calendars.Key{}); err == nil || inner.calls["b@x"] != 0 {
		t.Errorf("error %v, calls %v: the connection was asked before its time", err, inner.calls)
	}
	now = now.Add(time.Minute)
	if _, err := cal.Find(t.Context(), "b@x", calendars.Key{}); err != nil {
		t.Errorf("after its time: %v", err)
	}
	if inner.calls["c@x"] != 2 {
		t.Errorf("calls %v: a Temporary without a wish made somebody wait", inner.calls)
	}
}
