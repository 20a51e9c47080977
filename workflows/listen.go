package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/absence"
)

// drain stores every signal that waits.
func (l *lifecycle) drain(ctx workflow.Context) {
	now := workflow.Now(ctx)
	SignalRequested.receive(ctx, func(c Change) { l.change(now, Requested, c) })
	SignalApproved.receive(ctx, func(c Change) { l.change(now, Approved, c) })
	SignalDeleted.receive(ctx, func(c Change) { l.change(now, Deleted, c) })
	SignalRetry.receive(ctx, func(r Retry) { l.retry(now, r) })
	SignalTrouble.receive(ctx, func(t Trouble) { l.trouble(now, t) })
	SignalReply.receive(ctx, l.state.tell)
}

// listen makes the selector store the next signal.
func (l *lifecycle) listen(ctx workflow.Context, selector workflow.Selector) {
	SignalRequested.addTo(ctx, selector, func(c Change) { l.change(workflow.Now(ctx), Requested, c) })
	SignalApproved.addTo(ctx, selector, func(c Change) { l.change(workflow.Now(ctx), Approved, c) })
	SignalDeleted.addTo(ctx, selector, func(c Change) { l.change(workflow.Now(ctx), Deleted, c) })
	SignalRetry.addTo(ctx, selector, func(r Retry) { l.retry(workflow.Now(ctx), r) })
	SignalTrouble.addTo(ctx, selector, func(t Trouble) { l.trouble(workflow.Now(ctx), t) })
	SignalReply.addTo(ctx, selector, l.state.tell)
}

func (l *lifecycle) change(now time.Time, kind Kind, change Change) {
	l.state.HeardAt = now
	if change.Report != "" {
		l.state.Report, l.state.ReportBatch, l.activityReports = change.Report, change.ReportBatch, false
	}
	if change.Route != nil {
		l.announcedRoute = routeOf(kind, change)
	}
	before := l.state.shown()
	if !l.state.merge(kind, change, now) {
		l.repeated(change)
		return
	}
	l.state.Before, l.state.PutBack = before, false
	l.state.Initialization = change.Initialization
	switch {
	case !l.state.deleted():
		l.state.Admission = ""
	case !change.Bulk:
		l.state.Admission = AdmissionAsk
	}
	if !change.Bulk {
		l.announced(now, change)
	}
	l.state.Trace = change.Trace
	l.state.Dirty, l.state.Attempts, l.state.NextTry = true, 0, time.Time{}
	if !change.Partial {
		l.state.QuietSince, l.state.QuietFrom = time.Time{}, time.Time{}
		return
	}
	l.state.QuietSince = now
	if l.state.QuietFrom.IsZero() {
		l.state.QuietFrom = now
	}
}

// shown is the absence as its events show it, as far as is known.
func (s *State) shown() *absence.Absence {
	if s.Before != nil || s.Status != StatusSynced || s.Dirty {
		return s.Before
	}
	shown := s.Content
	shown.HalfDays = slices.Clone(shown.HalfDays)
	return &shown
}

// repeated is told what is known already. A repeated initialization is a wish to try
// again what is stuck, and to look whether what is written is still what the
// settings ask for.
func (l *lifecycle) repeated(change Change) {
	if change.Report == "" {
		return
	}
	l.state.Dirty = l.state.Dirty || l.state.waits()
	l.lookAgain = change.Route != nil
}

// look turns the wish to look again into work, after any that is under way.
func (l *lifecycle) look() {
	l.lookAgain = false
	if s := l.state; s.Status == StatusSynced {
		s.Dirty, s.Bulk = true, true
	}
}

// announced remembers since when somebody waits for a live change.
func (l *lifecycle) announced(now time.Time, change Change) {
	if !l.state.AnnouncedAt.IsZero() {
		return
	}
	l.state.AnnouncedAt = now
	if now.Equal(l.firstTask) {
		l.state.AnnouncedAt = l.acceptedAt
	}
	if received := change.ReceivedAt; !received.IsZero() && received.Before(l.state.AnnouncedAt) {
		l.state.AnnouncedAt = received
	}
}

// retry takes up the absence once more. One of many that are asked leaves alone what
// does not wait, goes behind live changes, and keeps the pace at which this absence
// tries by itself: it may be asked again every few minutes.
func (l *lifecycle) retry(now time.Time, retry Retry) {
	s := l.state
	if retry.Decided != "" {
		s.decided(retry.Decided)
		return
	}
	if len(retry.OwnerDeleted) > 0 {
		s.ownerDeleted(now, retry.OwnerDeleted)
		return
	}
	if retry.OwnerChanged {
		l.ownerChanged()
		return
	}
	if s.Admission == AdmissionDropped && retry.Bulk && !retry.Removed && !s.PutBack {
		return // whoever compares calendars finds the event that was left
	}
	retrying := s.Status == StatusRetrying
	waits := !s.Dirty && (retrying || !l.writing && s.waits())
	switch {
	case s.Kind == "" || retry.Bulk && !retry.Rewrite && !retry.Removed && !waits:
		return
	case retry.Bulk:
		s.Bulk = s.Bulk || !s.Dirty && !l.writing
	default:
		s.Bulk, s.Attempts = false, 0
		if s.Admission == AdmissionDropped && !s.PutBack {
			s.Admission = AdmissionAsk
		}
	}
	s.Dirty, s.NextTry, s.Rewrite = true, time.Time{}, s.Rewrite || retry.Rewrite
	if retry.Removed {
		s.Overtaken = s.Overtaken || l.writing
		s.takenOut(now)
		return
	}
	s.leftAt(retry.Leftover)
	s.tell(Entry{At: now, Event: EventRetry})
}

// ownerChanged routes the absence anew: its owner may have another mailbox, or belong
// elsewhere. A deletion knows its place already. What back-fill knew of them is old.
func (l *lifecycle) ownerChanged() {
	s := l.state
	s.Known = nil
	if s.Kind == "" || s.deleted() {
		return
	}
	s.Bulk = s.Bulk || !s.Dirty && !l.writing
	s.Dirty, s.NextTry = true, time.Time{}
}

// ownerDeleted remembers events that their owner deleted.
func (s *State) ownerDeleted(now time.Time, fingerprints []string) {
	for _, one := range fingerprints {
		if !slices.Contains(s.OwnerDeleted, one) {
			s.OwnerDeleted = append(s.OwnerDeleted, one)
		}
	}
	s.tell(Entry{At: now, Event: EventOwnerDeleted})
}

// leftAt notes a mailbox that is to be cleared, unless events belong there.
func (s *State) leftAt(place *Place) {
	if place == nil || s.Applied != nil && s.Applied.Place == *place {
		return
	}
	if !slices.ContainsFunc(s.Leftovers, func(a Applied) bool { return a.Place == *place }) {
		s.Leftovers = append(s.Leftovers, Applied{Place: *place})
	}
}

// takenOut forgets what was written: whoever writes next must not believe it.
func (s *State) takenOut(now time.Time) {
	if s.Applied != nil {
		s.Applied.Fingerprint, s.Applied.Events = "", nil
	}
	s.Initialization, s.CreatedBy = "", ""
	s.tell(Entry{At: now, Event: EventTakenOut})
}

// trouble is told by the activity under way; one that finished meanwhile is no
// longer of interest.
func (l *lifecycle) trouble(now time.Time, trouble Trouble) {
	if !l.writing {
		return
	}
	if before := l.state.Trouble; l.state.Status == StatusRetrying && before != nil && before.Reason == trouble.Reason {
		trouble.Since = before.Since
	} else if trouble.Since.IsZero() {
		trouble.Since = now
	}
	l.state.Status, l.state.Trouble = StatusRetrying, &trouble
	l.state.tell(Entry{At: now, Event: EventRetrying, Trouble: &trouble, NextTry: trouble.RetryAt})
}

// The legacy webhook sends one post for each half-day: quietPeriod without a
// further one, and eight posts make one write. quietAtMost bounds the wait.
const (
	quietPeriod = 2 * time.Second
	quietAtMost = 20 * time.Second
)

// quietFor is how much longer to wait for further half-days; 0: no longer.
func (l *lifecycle) quietFor(ctx workflow.Context) time.Duration {
	if l.state.QuietSince.IsZero() {
		return 0
	}
	until := l.state.QuietSince.Add(quietPeriod)
	if latest := l.state.QuietFrom.Add(quietAtMost); latest.Before(until) {
		until = latest
	}
	return max(until.Sub(workflow.Now(ctx)), 0)
}

// listenFor stores signals for a while.
func (l *lifecycle) listenFor(ctx workflow.Context, wait time.Duration) {
	timer, over := workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: "further half-days"}), false
	for !over && ctx.Err() == nil {
		selector := workflow.NewSelector(ctx)
		selector.AddFuture(timer, func(workflow.Future) { over = true })
		l.listen(ctx, selector)
		selector.Select(ctx)
	}
}
