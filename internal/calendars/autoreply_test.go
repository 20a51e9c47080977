package calendars_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
)

var (
	leaves  = time.Date(2026, 12, 18, 17, 0, 0, 0, time.UTC)
	returns = time.Date(2027, 1, 4, 8, 0, 0, 0, time.UTC)
)

func wholeReply() calendars.AutoReply {
	return calendars.AutoReply{
		State: calendars.AutoReplyScheduled, From: leaves, Until: returns, Inside: "Back on Monday", Outside: "Away",
		Audience: calendars.AudienceContacts,
	}
}

func TestFingerprintOfAReply(t *testing.T) {
	t.Parallel()
	of := func(change func(*calendars.AutoReply)) string {
		reply := wholeReply()
		change(&reply)
		return reply.Fingerprint()
	}
	same := of(func(*calendars.AutoReply) {})
	for name, change := range map[string]func(*calendars.AutoReply){
		"state": func(r *calendars.AutoReply) { r.State = calendars.AutoReplyOn }, "from": func(r *calendars.AutoReply) { r.From = returns.Add(-time.Hour) },
		"until": func(r *calendars.AutoReply) { r.Until = returns.Add(time.Second) }, "inside": func(r *calendars.AutoReply) { r.Inside += "!" },
		"outside": func(r *calendars.AutoReply) { r.Outside = "" }, "audience": func(r *calendars.AutoReply) { r.Audience = calendars.AudienceEverybody },
		"formatting": func(r *calendars.AutoReply) { r.Digest = "bold" },
		"a word that moved to the other text": func(r *calendars.AutoReply) {
			r.Inside, r.Outside = "Back on MondayA", "way"
		},
	} {
		if of(change) == same {
			t.Errorf("another %s has the same fingerprint", name)
		}
	}
	for name, change := range map[string]func(*calendars.AutoReply){
		"zone": func(r *calendars.AutoReply) { r.From = r.From.In(time.FixedZone("", 3600)) },
		"copy": func(r *calendars.AutoReply) { r.Kept = json.RawMessage(`{}`) },
	} {
		if of(change) != same {
			t.Errorf("another %s has another fingerprint", name)
		}
	}
	off := func(from time.Time) string {
		return calendars.AutoReply{State: calendars.AutoReplyOff, From: from, Until: from.Add(time.Hour)}.Fingerprint()
	}
	if off(leaves) != off(returns) {
		t.Error("made-up dates of a reply that is off count")
	}
}

// What a person wrote must not get into logs by the way of a %v.
func TestARepliesTextIsNotPrinted(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, wholeReply()); strings.Contains(text, "Monday") || strings.Contains(text, "Away") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func TestCheckOfAReply(t *testing.T) {
	t.Parallel()
	if err := wholeReply().Check(); err != nil {
		t.Errorf("a whole reply: %v", err)
	}
	for want, change := range map[string]func(*calendars.AutoReply){
		calendars.CodeReplyState:    func(r *calendars.AutoReply) { r.State = "" },
		calendars.CodeReplyAudience: func(r *calendars.AutoReply) { r.Audience = "" },
		calendars.CodeReplyTimes:    func(r *calendars.AutoReply) { r.Until = r.From },
		calendars.CodeReplyEmpty:    func(r *calendars.AutoReply) { r.Inside, r.Outside = " \n", "" },
		calendars.CodeReplyTooLong:  func(r *calendars.AutoReply) { r.Inside = strings.Repeat("é", 20_000) },
	} {
		reply := wholeReply()
		change(&reply)
		if invalid, ok := errors.AsType[*calendars.Invalid](reply.Check()); !ok || invalid.Code != want {
			t.Errorf("want %s: %v", want, reply.Check())
		}
	}
}

func TestKeptIsOneSystemsOwn(t *testing.T) {
	t.Parallel()
	kept, err := calendars.KeepReply(calendars.Exchange, map[string]string{"a": "<b>é</b>"})
	if err != nil {
		t.Fatal(err)
	}
	reply := calendars.AutoReply{Kept: kept}
	var content map[string]string
	if !reply.ReadKept(calendars.Exchange, &content) || content["a"] != "<b>é</b>" {
		t.Errorf("read back: %v", content)
	}
	if reply.ReadKept(calendars.Google, &content) || (calendars.AutoReply{}).ReadKept(calendars.Exchange, &content) {
		t.Error("another system's, or none, was read")
	}
	_, err = calendars.KeepReply(calendars.Exchange, strings.Repeat("x", 600_000))
	if invalid, ok := errors.AsType[*calendars.Invalid](err); !ok || invalid.Code != calendars.CodeReplyTooLong {
		t.Errorf("too long: %v", err)
	}
}

func TestRepliesAreMeasured(t *testing.T) {
	t.Parallel()
	const mailbox = "adele@example.com"
	var told []string
	memory := calendartest.NewMemory(mailbox)
	cal := calendars.Measured(memory, func(_ context.Context, c calendars.Call) { told = append(told, c.Method+" "+c.Outcome) })
	replier, ok := cal.(calendars.AutoReplier)
	if !ok {
		t.Fatal("no automatic replies")
	}
	own := calendartest.Reply{State: calendars.AutoReplyOn, Inside: "<p>Mine</p>", Audience: calendars.AudienceEverybody}
	memory.SetReply(t, mailbox, own)
	before, err := replier.AutoReply(t.Context(), mailbox)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := replier.SetAutoReply(t.Context(), mailbox, wholeReply()); err != nil {
		t.Fatal(err)
	}
	if _, err := replier.SetAutoReply(t.Context(), mailbox, before); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(own, memory.Reply(t, mailbox)); diff != "" {
		t.Errorf("given back (-want +got):\n%s", diff)
	}
	if _, err := replier.AutoReply(t.Context(), "nobody@example.com"); err == nil {
		t.Error("a mailbox that is not there has a reply")
	}
	if diff := cmp.Diff([]string{"auto-reply-read ok", "auto-reply-write ok", "auto-reply-write ok", "auto-reply-read blocked"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	without := calendars.Measured(struct{ calendars.Calendar }{memory}, func(context.Context, calendars.Call) { t.Error("asked") })
	if _, err := without.(calendars.AutoReplier).AutoReply(t.Context(), mailbox); err == nil {
		t.Error("a system without automatic replies has one")
	}
}

// replying answers about replies by mailbox, and about the calendar as people does.
type replying struct {
	people
	replies people
}

func (r *replying) AutoReply(ctx context.Context, mailbox string) (calendars.AutoReply, error) {
	_, err := r.replies.Find(ctx, mailbox, calendars.Key{})
	return calendars.AutoReply{}, err
}

func (r *replying) SetAutoReply(ctx context.Context, mailbox string,
	_ calendars.AutoReply) (calendars.AutoReply, error) {
	return r.AutoReply(ctx, mailbox)
}

func newReplying() *replying {
	return &replying{people: people{answer: map[string]error{}}, replies: people{answer: map[string]error{}}}
}

var notGranted = &calendars.Blocked{Reason: calendars.AutoReplyNotGranted, Scope: calendars.ScopeUnclear, Code: "401"}

// A missing grant is everybody's once a second mailbox confirms it, and never the
// calendar's.
func TestAMissingGrantForRepliesDoesNotStopTheCalendar(t *testing.T) {
	t.Parallel()
	inner, now := newReplying(), leaves
	var woken []calendars.Reason
	cal := newBreaker(inner, calendars.BreakerOptions{
		Now: func() time.Time { return now }, OnClose: func(r calendars.Reason) { woken = append(woken, r) },
	})
	scope := func(mailbox string, want calendars.Scope) {
		t.Helper()
		_, err := cal.AutoReply(t.Context(), mailbox)
		blocked, ok := errors.AsType[*calendars.Blocked](err)
		if ok != (want != "") || ok && (blocked.Scope != want || blocked.Reason != calendars.AutoReplyNotGranted) {
			t.Errorf("%s: %v, want %q", mailbox, err, want)
		}
	}
	wantScope(t, cal, "a", "")
	scope("a", "") // both worked once
	inner.replies.set("b", notGranted)
	inner.replies.set("c", notGranted)
	scope("b", calendars.ScopeMailbox)
	scope("c", calendars.ScopeConnection)
	inner.replies.whoWasAsked()
	scope("a", calendars.ScopeConnection)
	scope("d", calendars.ScopeConnection)
	wantAsked(t, &inner.replies)
	for _, mailbox := range []string{"a", "b", "c"} {
		wantScope(t, cal, mailbox, "")
	}
	if standing := cal.Standing(); !standing.Works || standing.Reason != "" {
		t.Errorf("the calendar's standing is %+v", standing)
	}
	now = now.Add(time.Hour)
	scope("a", "")
	if diff := cmp.Diff([]calendars.Reason{calendars.AutoReplyNotGranted}, woken); diff != "" {
		t.Errorf("woken (-want +got):\n%s", diff)
	}
}

// While the calendar is blocked nobody asks about replies either, and what is found
// about them closes nothing.
func TestRepliesWaitForTheCalendar(t *testing.T) {
	t.Parallel()
	inner, now := newReplying(), leaves
	inner.set("a", &calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: calendars.ScopeConnection})
	cal := newBreaker(inner, calendars.BreakerOptions{Now: func() time.Time { return now }})
	wantScope(t, cal, "a", calendars.ScopeConnection)
	if _, err := cal.SetAutoReply(t.Context(), "b", wholeReply()); err == nil {
		t.Error("a reply was written through a blocked connection")
	}
	wantAsked(t, &inner.replies)
	now = now.Add(24 * time.Hour)
	if _, err := cal.SetAutoReply(t.Context(), "b", wholeReply()); err != nil {
		t.Error(err)
	}
	if standing := cal.Standing(); standing.Answers {
		t.Errorf("a reply closed the calendar's breaker: %+v", standing)
	}
}

func TestThrottledRepliesDoNotHoldBackTheCalendar(t *testing.T) {
	t.Parallel()
	inner, now := newReplying(), leaves
	cal := calendars.HonorRetryAfter(inner, func() time.Time { return now })
	replier := cal.(calendars.AutoReplier)
	inner.replies.set("a", &calendars.Temporary{RetryAfter: time.Hour})
	for range 2 {
		if _, err := replier.AutoReply(t.Context(), "a"); err == nil {
			t.Error("answered")
		}
	}
	wantAsked(t, &inner.replies, "a")
	if err := askFor(t, cal, "a"); err != nil {
		t.Errorf("the calendar: %v", err)
	}
	inner.replies.set("a", nil)
	inner.set("a", &calendars.Temporary{RetryAfter: 2 * time.Hour})
	_ = askFor(t, cal, "a")
	now = now.Add(90 * time.Minute)
	if _, err := replier.AutoReply(t.Context(), "a"); err == nil {
		t.Error("asked about a reply while the calendar waits")
	}
	now = now.Add(time.Hour)
	if _, err := replier.AutoReply(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}
