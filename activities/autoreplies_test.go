package activities_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Temporal's test environment plays the workflow and skips its time; settings are a
// fixture and mailboxes a calendar in memory. It is Tuesday, and what happens is told in
// Paris time.
var (
	paris       = inParis()
	storyBegins = time.Date(2026, 12, 1, 9, 0, 0, 0, paris)
)

func inParis() *time.Location {
	location, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return location
}

const (
	storyMailbox = "y@example.com"
	movedMailbox = "z@example.com"
)

// replyStory is one person's mailbox over some weeks. The person's own reply must be there
// at the end, as it is then by own.
type replyStory struct {
	name string
	own  calendartest.Reply
	// ends is what the person has at the end, where that is not own.
	ends  *calendartest.Reply
	steps []replyStep
	// told are the events of the absences' stories, in their order.
	told []string
	// writes is how often a reply was written, where it counts.
	writes int
}

// replyStep is something that happens at a time, in Paris.
type replyStep struct {
	at string
	do func(*mailroom)
}

func at(at string, do ...func(*mailroom)) replyStep {
	return replyStep{at, func(m *mailroom) {
		for _, one := range do {
			one(m)
		}
	}}
}

func (s replyStep) time() time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+s.at, paris)
	if err != nil {
		panic(err)
	}
	return at
}

// mailroom is a synchronization with automatic replies, and two calendar systems.
type mailroom struct {
	*fixture
	t        *testing.T
	memories map[string]*calendartest.Memory
	env      *testsuite.TestWorkflowEnvironment
	waiting  []func()
	clock    time.Time
	mu       sync.Mutex
	told     []string
	writes   int
	step     string
}

func (m *mailroom) Connection(_ context.Context, name string) (settings.Connection, error) {
	provider, known := map[string]calendars.Provider{"c1": calendars.Google, "c2": calendars.Office365}[name]
	if !known {
		return settings.Connection{}, settings.ErrNotFound
	}
	return settings.Connection{Name: name, Provider: provider}, nil
}

func (m *mailroom) Calendar(_ context.Context, name string) (calendars.Calendar, error) {
	return m.memories[name], nil
}

func newMailroom(t *testing.T, own calendartest.Reply) *mailroom {
	t.Helper()
	m := &mailroom{fixture: newFixture(), t: t, clock: storyBegins, memories: map[string]*calendartest.Memory{
		"c1": calendartest.NewMemory(storyMailbox, movedMailbox), "c2": calendartest.NewMemory(storyMailbox),
	}}
	m.synchronization.Policy.Language = absence.English
	m.synchronization.Policy.AutomaticReplies = absence.AutomaticReplies{
		Enabled: true, Inside: "in {back}", Outside: "out {back}", Audience: absence.ReplyContacts,
	}
	for _, memory := range m.memories {
		memory.Now = m.now
		memory.After = func(o calendartest.Operation) error {
			if o.Name == "auto-reply-write" {
				m.writes++
			}
			return nil
		}
	}
	if own.State != "" {
		m.memories["c1"].SetReply(t, storyMailbox, own)
	}
	return m
}

func (m *mailroom) now() time.Time {
	if m.env != nil {
		return m.env.Now()
	}
	return m.clock
}

// signal reaches the workflow, or starts it.
func (m *mailroom) signal(name string, value any) {
	if m.env != nil {
		m.env.SignalWorkflow(name, value)
		return
	}
	m.waiting = append(m.waiting, func() { m.env.SignalWorkflow(name, value) })
}

// The acts of a story.

func approved(id, from, to string) func(*mailroom) {
	first, last := absence.Morning, absence.Afternoon
	from, isLate := strings.CutSuffix(from, "pm")
	to, isEarly := strings.CutSuffix(to, "am")
	if isLate {
		first = absence.Afternoon
	}
	if isEarly {
		last = absence.Morning
	}
	return func(m *mailroom) {
		start, err1 := absence.ParseDate("2026-" + from)
		end, err2 := absence.ParseDate("2026-" + to)
		content, err3 := absence.FromPeriod(start, first, end, last, true)
		if err := errors.Join(err1, err2, err3); err != nil {
			m.t.Fatal(err)
		}
		content.Account, content.AccountName = "1", "RTT"
		m.signal(workflows.SignalReplies.Name, workflows.RepliedAbsence{Absence: id, Content: &content})
	}
}

func removed(id string) func(*mailroom) {
	return func(m *mailroom) {
		if m.env != nil { // nobody is told of a removal who does not run
			m.signal(workflows.SignalReplies.Name, workflows.RepliedAbsence{Absence: id})
		}
	}
}

func looks(m *mailroom) {
	if m.env != nil {
		m.signal(workflows.SignalLook.Name, workflows.RepliesLook{})
	}
}

func erased(m *mailroom) { m.signal(workflows.SignalLook.Name, workflows.RepliesLook{End: true}) }

func setting(change func(*settings.Synchronization)) func(*mailroom) {
	return func(m *mailroom) { change(&m.synchronization); looks(m) }
}

func sets(reply calendartest.Reply) func(*mailroom) {
	return func(m *mailroom) { m.memories["c1"].SetReply(m.t, storyMailbox, reply) }
}

// edits changes the reply of ours that stands.
func edits(change func(*calendartest.Reply)) func(*mailroom) {
	return func(m *mailroom) {
		reply := m.memories["c1"].Reply(m.t, storyMailbox)
		change(&reply)
		m.memories["c1"].SetReply(m.t, storyMailbox, reply)
	}
}

// fails has every call to the calendars answered so; nil ends that.
func fails(err error) func(*mailroom) {
	return func(m *mailroom) {
		for _, memory := range m.memories {
			memory.Before = func(calendartest.Operation) error { return err }
		}
	}
}

// loses does writes and loses their answers, as long as lost.
func loses(lost bool) func(*mailroom) {
	return func(m *mailroom) {
		for _, memory := range m.memories {
			memory.After = func(o calendartest.Operation) error {
				if o.Name == "auto-reply-write" {
					m.writes++
					if lost {
						return &calendars.Temporary{Code: "reset"}
					}
				}
				return nil
			}
		}
	}
}

// has looks what the mailbox answers: "own", or the words and the days of ours.
func has(want string) func(*mailroom) { return hasAt("c1", storyMailbox, want) }

func hasAt(connection, mailbox, want string) func(*mailroom) {
	return func(m *mailroom) {
		m.t.Helper()
		reply := m.memories[connection].Reply(m.t, mailbox)
		got := "own"
		if words, is := strings.CutPrefix(reply.Inside, "<html><body>in "); is {
			got = fmt.Sprintf("%s %s to %s", strings.TrimSuffix(words, "</body></html>"),
				reply.From.In(paris).Format("01-02 15:04"), reply.Until.In(paris).Format("01-02 15:04"))
		}
		if got != want {
			m.t.Errorf("%s: the mailbox answers %q, want %q", m.step, got, want)
		}
	}
}

// troubledAt is the connection whose trouble the workflow tells of, "" for none.
func troubledAt(connection string) func(*mailroom) {
	return func(m *mailroom) {
		m.t.Helper()
		var state workflows.RepliesState
		answer, err := m.env.QueryWorkflow(workflows.RepliesQuery)
		if err == nil {
			err = answer.Get(&state)
		}
		if err != nil || state.Connection != connection || (state.Trouble == nil) != (connection == "") {
			m.t.Errorf("%s: trouble %+v at %q (%v), want it at %q", m.step, state.Trouble, state.Connection, err, connection)
		}
	}
}

// run plays the story. With cuts, the workflow begins anew from its state at each step, as
// when it continues as new, or as another worker takes over.
func (s replyStory) run(t *testing.T, cuts bool) {
	m := newMailroom(t, s.own)
	steps := s.steps
	for len(steps) > 0 {
		m.clock, m.step = steps[0].time(), steps[0].at
		steps[0].do(m)
		steps = steps[1:]
		state, runs := workflows.RepliesState{Source: "demo", Employee: "419"}, len(m.waiting) > 0
		for runs {
			state, runs, steps = m.play(state, steps, cuts)
		}
	}
	want := s.own
	if s.ends != nil {
		want = *s.ends
	}
	if want.State == "" {
		want.State, want.Audience = calendars.AutoReplyOff, calendars.AudienceNobody
	}
	if diff := cmp.Diff(want, m.memories["c1"].Reply(t, storyMailbox)); diff != "" {
		t.Errorf("the person's own reply (-had +has):\n%s", diff)
	}
	if diff := cmp.Diff(byAbsence(s.told), byAbsence(m.told)); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if s.writes > 0 && m.writes != s.writes {
		t.Errorf("%d writes, want %d", m.writes, s.writes)
	}
}

// byAbsence are the stories of each absence: what several are told of one reply has no
// order.
func byAbsence(lines []string) map[string][]string {
	all := map[string][]string{}
	for _, line := range lines {
		id, event, _ := strings.Cut(line, " ")
		all[id] = append(all[id], event)
	}
	return all
}

// play runs the workflow until it ends, or until it begins anew.
func (m *mailroom) play(
	state workflows.RepliesState, steps []replyStep, cuts bool,
) (next workflows.RepliesState, again bool, left []replyStep) {
	m.t.Helper()
	m.env = m.environment()
	for _, send := range m.waiting {
		m.env.RegisterDelayedCallback(send, 0)
	}
	m.waiting = nil
	if cuts {
		m.env.RegisterDelayedCallback(func() { m.env.SetContinueAsNewSuggested(true) }, time.Second)
	}
	for i, step := range steps {
		m.env.RegisterDelayedCallback(func() {
			left, m.step = steps[i+1:], step.at
			step.do(m)
		}, max(step.time().Sub(m.clock), 0))
	}
	left = steps
	m.env.ExecuteWorkflow(workflows.AutoRepliesType, state)
	m.clock = m.env.Now()
	err := m.env.GetWorkflowError()
	if !m.env.IsWorkflowCompleted() {
		m.t.Fatalf("%s: the workflow has not ended", m.step)
	}
	m.env = nil
	if renewed, ok := errors.AsType[*workflow.ContinueAsNewError](err); ok {
		if err := converter.GetDefaultDataConverter().FromPayloads(renewed.Input, &next); err != nil {
			m.t.Fatal(err)
		}
		return next, true, left
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return next, false, left
}

func (m *mailroom) environment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(m.clock)
	env.SetTestTimeout(time.Hour)
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{
		ID: workflows.AutoRepliesID("demo", "419"), TaskQueue: workflows.TaskQueue,
	})
	// How busy the machine is decides nothing.
	env.SetWorkerOptions(worker.Options{DisableRegistrationAliasing: true, DeadlockDetectionTimeout: time.Hour})
	env.RegisterWorkflowWithOptions(workflows.AutoReplies, workflow.RegisterOptions{Name: workflows.AutoRepliesType})
	const anything = "mock.Anything" // of the mocks behind the environment
	env.OnSignalExternalWorkflow(anything, anything, anything, anything, anything).
		Return(func(_, id, _, name string, value any) error {
			entry, _ := value.(workflows.Entry)
			line := strings.TrimPrefix(id, "absence/demo/") + " " + entry.Event
			if entry.Trouble != nil {
				line += " " + entry.Trouble.Reason
			}
			m.mu.Lock() // signals go out at once
			defer m.mu.Unlock()
			if name == workflows.SignalReply.Name {
				m.told = append(m.told, line)
			}
			return nil
		})
	a := &activities.Activities{
		Settings: m, Directories: m, Calendars: m, Log: slog.New(slog.DiscardHandler), Now: m.now,
	}
	register(env, workflows.PlanRepliesActivity, a.PlanReplies)
	register(env, workflows.ReadReplyActivity, a.ReadReply)
	register(env, workflows.WriteReplyActivity, a.WriteReply)
	register(env, workflows.GiveBackReplyActivity, a.GiveBackReply)
	register(env, workflows.FindEmployeeActivity, a.FindEmployee)
	m.env = env
	return env
}

// register registers an activity that tells its workflow of trouble at its third attempt:
// there is no Temporal here that it could ask to.
func register[Request, Result any](
	env *testsuite.TestWorkflowEnvironment, name string, do func(context.Context, Request) (Result, error),
) {
	env.RegisterActivityWithOptions(func(ctx context.Context, request Request) (Result, error) {
		result, err := do(context.Background(), request)
		if err != nil && activity.GetInfo(ctx).Attempt == 3 {
			env.SignalWorkflow(workflows.SignalTrouble.Name,
				workflows.Trouble{Reason: activities.ReasonTemporary, Code: "503"})
		}
		return result, err
	}, activity.RegisterOptions{Name: name})
}

// The own replies of the stories.
var (
	ownOff = calendartest.Reply{State: calendars.AutoReplyOff, Inside: "<p>Mine</p>", Outside: "<p>Mine, <b>outside</b></p>", Audience: calendars.AudienceContacts}
	ownOn  = calendartest.Reply{State: calendars.AutoReplyOn, Inside: "<p>Always away</p>", Audience: calendars.AudienceNobody}
)

func ownScheduled(from, until string) calendartest.Reply {
	reply := ownOff
	reply.State, reply.From, reply.Until = calendars.AutoReplyScheduled, replyStep{at: from}.time().UTC(), replyStep{at: until}.time().UTC()
	return reply
}

var (
	mailboxAway = &calendars.Temporary{Code: "503"}
	notGranted  = &calendars.Blocked{Reason: calendars.AutoReplyNotGranted, Scope: calendars.ScopeMailbox, Code: "403"}
)

// The week is from Monday the 7th to Friday the 11th of December, and who is away is back
// on Monday the 14th.
const weekReply = "14 December 12-07 00:00 to 12-14 00:00"

func replyStories() []replyStory {
	const written, given, left, edited, troubled = "1 reply-written", "1 reply-given-back", "1 reply-left", "1 reply-edited", "1 reply-trouble"
	week := at("12-01 10:00", approved("1", "12-07", "12-11"))
	usual := []string{written, given}
	turnedOff := ownScheduled("11-02 00:00", "11-09 00:00")
	turnedOff.State = calendars.AutoReplyOff
	return []replyStory{
		{name: "nothing of the person's own", told: usual, writes: 2, steps: []replyStep{
			week, at("12-06 22:00", has("own")), at("12-06 23:30", has(weekReply)), at("12-13 23:50", has(weekReply)), at("12-14 00:30", has("own")),
		}},
		{name: "an own text that is off", own: ownOff, told: usual, writes: 2, steps: []replyStep{
			week, at("12-09 12:00", has(weekReply)), at("12-14 00:30", has("own")),
		}},
		{name: "an own reply that is on", own: ownOn, told: []string{left}, steps: []replyStep{
			week, at("12-09 12:00", has("own")), at("12-20 00:00", has("own")),
		}},
		{name: "an own reply for the same time", own: ownScheduled("12-07 08:00", "12-12 00:00"), told: []string{left}, steps: []replyStep{
			week, at("12-09 12:00", has("own")),
		}},
		{name: "an own reply that begins in between", own: ownScheduled("12-10 00:00", "12-20 00:00"), told: []string{left}, steps: []replyStep{
			week, at("12-09 12:00", has("own")),
		}},
		{name: "an own reply for later", own: ownScheduled("12-20 00:00", "12-27 00:00"), told: usual, steps: []replyStep{
			week, at("12-09 12:00", has(weekReply)), at("12-14 00:30", has("own")),
		}},
		{name: "an own reply that is over", own: ownScheduled("11-02 00:00", "11-09 00:00"), ends: &turnedOff, told: usual, steps: []replyStep{
			week, at("12-09 12:00", has(weekReply)), at("12-14 00:30", has("own")),
		}},
		{name: "the person prepares a text after the approval", told: usual, ends: &ownOff, steps: []replyStep{
			week, at("12-05 12:00", sets(ownOff)), at("12-09 12:00", has(weekReply)),
		}},
		{name: "the person switches one on after the approval", told: []string{left}, ends: &ownOn, steps: []replyStep{
			week, at("12-05 12:00", sets(ownOn)), at("12-09 12:00", has("own")),
		}},
		{name: "two leaves back to back", own: ownOff, writes: 2,
			told: []string{written, "2 reply-written", given, "2 reply-given-back"}, steps: []replyStep{
				week, at("12-01 11:00", approved("2", "12-14", "12-15")), at("12-09 12:00", has("16 December 12-07 00:00 to 12-16 00:00")),
				at("12-15 12:00", has("16 December 12-07 00:00 to 12-16 00:00")), at("12-16 00:30", has("own")),
			}},
		{name: "two leaves with a working day between", own: ownOff, writes: 4,
			told: []string{written, given, "2 reply-written", "2 reply-given-back"}, steps: []replyStep{
				week, at("12-01 11:00", approved("2", "12-15", "12-15")), at("12-09 12:00", has(weekReply)), at("12-14 12:00", has("own")),
				at("12-15 12:00", has("16 December 12-15 00:00 to 12-16 00:00")),
			}},
		{name: "the second one is approved during the first", own: ownOff, writes: 3,
			told: []string{written, written, "2 reply-written", given, "2 reply-given-back"}, steps: []replyStep{
				week, at("12-09 12:00", has(weekReply), approved("2", "12-14", "12-15")), at("12-09 13:00", has("16 December 12-07 00:00 to 12-16 00:00")),
			}},
		{name: "overlapping", own: ownOff, told: []string{written, "2 reply-written", given, "2 reply-given-back"}, steps: []replyStep{
			week, at("12-01 11:00", approved("2", "12-10", "12-15")), at("12-09 12:00", has("16 December 12-07 00:00 to 12-16 00:00")),
		}},
		{name: "shortened before", own: ownOff, told: usual, writes: 2, steps: []replyStep{
			week, at("12-02 10:00", approved("1", "12-07", "12-08")), at("12-07 12:00", has("9 December 12-07 00:00 to 12-09 00:00")), at("12-09 01:00", has("own")),
		}},
		{name: "shortened during", own: ownOff, told: []string{written, written, given}, writes: 3, steps: []replyStep{
			week, at("12-08 10:00", has(weekReply), approved("1", "12-07", "12-09")), at("12-08 11:00", has("10 December 12-07 00:00 to 12-10 00:00")), at("12-10 01:00", has("own")),
		}},
		{name: "shortened to what is over", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-10 10:00", has(weekReply), approved("1", "12-07", "12-08")), at("12-10 11:00", has("own")),
		}},
		{name: "prolonged during", own: ownOff, told: []string{written, written, given}, steps: []replyStep{
			week, at("12-10 10:00", approved("1", "12-07", "12-16")), at("12-10 11:00", has("17 December 12-07 00:00 to 12-17 00:00")), at("12-16 12:00", has("17 December 12-07 00:00 to 12-17 00:00")),
		}},
		{name: "put off before", own: ownOff, told: usual, writes: 2, steps: []replyStep{
			week, at("12-05 10:00", approved("1", "12-14", "12-18")), at("12-09 12:00", has("own")), at("12-16 12:00", has("21 December 12-14 00:00 to 12-21 00:00")),
		}},
		{name: "cancelled before", own: ownOff, steps: []replyStep{
			week, at("12-05 10:00", removed("1")), at("12-09 12:00", has("own")),
		}},
		{name: "cancelled during", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-09 12:00", has(weekReply), removed("1")), at("12-09 13:00", has("own")),
		}},
		{name: "cancelled during, and entered again", own: ownOff, told: []string{written, given, "2 reply-written", "2 reply-given-back"}, steps: []replyStep{
			week, at("12-09 12:00", removed("1")), at("12-09 13:00", has("own"), approved("2", "12-09", "12-11")), at("12-09 14:00", has("14 December 12-09 00:00 to 12-14 00:00")),
		}},
		{name: "one of two back to back is cancelled", own: ownOff,
			told: []string{written, "2 reply-written", written, given}, steps: []replyStep{
				week, at("12-01 11:00", approved("2", "12-14", "12-15")), at("12-09 12:00", removed("2")), at("12-09 13:00", has(weekReply)),
			}},
		{name: "the person edits ours", own: ownOff, told: []string{written, edited}, ends: &calendartest.Reply{
			State: calendars.AutoReplyScheduled, From: time.Date(2026, 12, 6, 23, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 13, 23, 0, 0, 0, time.UTC),
			Inside: "<p>Ask Bob</p>", Outside: "<html><body>out 14 December</body></html>", Audience: calendars.AudienceContacts,
		}, steps: []replyStep{
			week, at("12-08 12:00", edits(func(r *calendartest.Reply) { r.Inside = "<p>Ask Bob</p>" })),
		}},
		{name: "the person switches ours off, and prolongs", own: ownOff, told: []string{written, edited}, ends: &calendartest.Reply{
			State: calendars.AutoReplyOff, From: time.Date(2026, 12, 6, 23, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 13, 23, 0, 0, 0, time.UTC),
			Inside: "<html><body>in 14 December</body></html>", Outside: "<html><body>out 14 December</body></html>", Audience: calendars.AudienceContacts,
		}, steps: []replyStep{
			week, at("12-08 12:00", edits(func(r *calendartest.Reply) { r.State = calendars.AutoReplyOff })), at("12-09 12:00", approved("1", "12-07", "12-16")),
		}},
		{name: "the person edits ours, and cancels", own: ownOff, told: []string{written, edited}, ends: &ownOn, steps: []replyStep{
			week, at("12-08 12:00", sets(ownOn)), at("12-09 12:00", removed("1")),
		}},
		{name: "the mailbox is away at the start", own: ownOff, told: []string{troubled + " temporary", written, given}, steps: []replyStep{
			week, at("12-06 12:00", fails(mailboxAway)), at("12-08 12:00", fails(nil)), at("12-08 13:00", has(weekReply)),
		}},
		{name: "the mailbox is away all the time", own: ownOff, told: []string{troubled + " temporary"}, steps: []replyStep{
			week, at("12-06 12:00", fails(mailboxAway)), at("12-15 12:00", fails(nil)), at("12-16 12:00", has("own")),
		}},
		{name: "the mailbox is away at the start, and the absence is cancelled", own: ownOff, told: []string{troubled + " temporary"}, steps: []replyStep{
			week, at("12-06 12:00", fails(mailboxAway)), at("12-08 12:00", removed("1")), at("12-09 12:00", fails(nil)), at("12-10 12:00", has("own")),
		}},
		{name: "the mailbox is away at the end", own: ownOff, told: []string{written, troubled + " temporary", given}, steps: []replyStep{
			week, at("12-12 12:00", fails(mailboxAway)), at("12-16 12:00", has(weekReply), fails(nil)), at("12-16 13:00", has("own")),
		}},
		{name: "the mailbox is away at the end, and the next leave begins", own: ownOff,
			told: []string{written, troubled + " temporary", "2 reply-written", "2 reply-given-back"}, steps: []replyStep{
				week, at("12-01 11:00", approved("2", "12-16", "12-16")), at("12-12 12:00", fails(mailboxAway)), at("12-16 12:00", fails(nil)),
				at("12-16 13:00", has("17 December 12-16 00:00 to 12-17 00:00")), at("12-17 01:00", has("own")),
			}},
		{name: "answers are lost", own: ownOff, told: []string{troubled + " temporary", written, given}, steps: []replyStep{
			week, at("12-06 12:00", loses(true)), at("12-08 12:00", has(weekReply), loses(false)), at("12-13 12:00", has(weekReply)),
		}},
		{name: "answers are lost, and the absence is cancelled", own: ownOff, told: []string{troubled + " temporary", given}, steps: []replyStep{
			week, at("12-06 12:00", loses(true)), at("12-08 12:00", removed("1"), loses(false)), at("12-08 13:00", has("own")),
		}},
		{name: "the answer that it is given back is lost", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-12 12:00", loses(true)), at("12-15 12:00", loses(false)),
		}},
		{name: "no grant", own: ownOff, told: []string{troubled + " auto-reply-not-granted"}, steps: []replyStep{
			week, at("12-06 12:00", fails(notGranted)), at("12-09 12:00", troubledAt("c1")), at("12-20 12:00", fails(nil)),
		}},
		{name: "granted later", own: ownOff, told: []string{troubled + " auto-reply-not-granted", written, given}, steps: []replyStep{
			week, at("12-06 12:00", fails(notGranted)), at("12-08 12:00", fails(nil), looks), at("12-08 13:00", has(weekReply), troubledAt("")),
		}},
		{name: "the grant is taken away meanwhile", own: ownOff, told: []string{written, troubled + " auto-reply-not-granted", given}, steps: []replyStep{
			week, at("12-09 12:00", fails(notGranted)), at("12-15 12:00", has(weekReply), troubledAt("c1"), fails(nil), looks),
		}},
		{name: "an own reply that is too long to keep", own: calendartest.Reply{State: calendars.AutoReplyOff, Inside: strings.Repeat("x", 600<<10), Audience: calendars.AudienceNobody},
			told: []string{left}, steps: []replyStep{week, at("12-09 12:00", has("own"))}},
		{name: "moved to another address", own: ownOff, told: []string{written, given, written, given}, steps: []replyStep{
			week, at("12-08 12:00", setting(func(s *settings.Synchronization) { s.Addresses = map[string]string{"419": movedMailbox} })),
			at("12-08 13:00", has("own"), hasAt("c1", movedMailbox, weekReply)), at("12-14 01:00", hasAt("c1", movedMailbox, "own")),
		}},
		{name: "moved to another connection", own: ownOff, told: []string{written, given, written, given}, steps: []replyStep{
			week, at("12-08 12:00", setting(func(s *settings.Synchronization) { s.Connection = "c2" })),
			at("12-08 13:00", has("own"), hasAt("c2", storyMailbox, weekReply)), at("12-14 01:00", hasAt("c2", storyMailbox, "own")),
		}},
		{name: "a morning", own: ownOff, told: usual, steps: []replyStep{
			at("12-01 10:00", approved("1", "12-07", "12-07am")), at("12-07 12:00", has("7 December 12-07 00:00 to 12-07 14:00")), at("12-07 14:10", has("own")),
		}},
		{name: "an afternoon", own: ownOff, told: usual, steps: []replyStep{
			at("12-01 10:00", approved("1", "12-07pm", "12-07")), at("12-07 12:30", has("own")), at("12-07 13:30", has("8 December 12-07 14:00 to 12-08 00:00")),
		}},
		{name: "the webhook is late", own: ownOff, told: usual, steps: []replyStep{
			at("12-09 10:00", approved("1", "12-07", "12-11")), at("12-09 10:05", has(weekReply)),
		}},
		{name: "the webhook comes after it all", own: ownOff, steps: []replyStep{
			at("12-15 10:00", approved("1", "12-07", "12-11")), at("12-15 10:05", has("own")),
		}},
		{name: "the text changes meanwhile", own: ownOff, told: []string{written, written, given}, steps: []replyStep{
			week, at("12-08 12:00", setting(func(s *settings.Synchronization) { s.Policy.AutomaticReplies.Inside = "in office from {back}" })),
			at("12-08 13:00", has("office from 14 December 12-07 00:00 to 12-14 00:00")),
		}},
		{name: "the policy is switched off", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-08 12:00", setting(func(s *settings.Synchronization) { s.Policy.AutomaticReplies.Enabled = false })), at("12-08 13:00", has("own")),
		}},
		{name: "switched off where nobody tells", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-08 12:00", func(m *mailroom) { m.synchronization.Policy.AutomaticReplies.Enabled = false }), at("12-08 20:00", has("own")),
		}},
		{name: "paused and resumed", own: ownOff, told: []string{written, given, written, given}, steps: []replyStep{
			week, at("12-08 12:00", setting(func(s *settings.Synchronization) { s.Paused = true })), at("12-08 13:00", has("own")),
			at("12-10 12:00", setting(func(s *settings.Synchronization) { s.Paused = false })), at("12-10 13:00", has(weekReply)),
		}},
		{name: "the synchronization is removed", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-08 12:00", setting(func(s *settings.Synchronization) { s.LegalEntities = nil })), at("12-08 13:00", has("own")),
		}},
		{name: "the person is excluded", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-08 12:00", setting(func(s *settings.Synchronization) { s.Exclude = []string{"419"} })), at("12-08 13:00", has("own")),
		}},
		{name: "the person is erased", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-08 12:00", erased), at("12-08 13:00", has("own")),
		}},
		{name: "a rule says no, meanwhile", own: ownOff, told: usual, steps: []replyStep{
			week, at("12-08 12:00", setting(func(s *settings.Synchronization) {
				s.Policy.Rules = []absence.Rule{{Accounts: []string{"1"}, AutomaticReply: new(false)}}
			})), at("12-08 13:00", has("own")),
		}},
		{name: "nobody knows the person for a while", own: ownOff, told: []string{written, troubled + " unknown-employee", given}, steps: []replyStep{
			week, at("12-08 12:00", func(m *mailroom) { m.known = nil; looks(m) }), at("12-08 13:00", has(weekReply)), at("12-14 01:00", has("own")),
			at("12-14 02:00", func(m *mailroom) {
				m.known = map[string]figgo.Employee{"419": {ID: "419", Email: storyMailbox, LegalEntity: "3"}}
			}),
		}},
	}
}

// Every story ends with the person's own reply as it was, or as they left it.
func TestStoriesOfAutomaticReplies(t *testing.T) {
	t.Parallel()
	for _, story := range replyStories() {
		t.Run(story.name, func(t *testing.T) { story.run(t, false) })
		t.Run(story.name+", over and over begun anew", func(t *testing.T) { story.run(t, true) })
	}
}
