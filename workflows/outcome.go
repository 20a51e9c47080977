package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// done notes that nothing is left to do for now.
func (l *lifecycle) done(status Status) {
	s := l.state
	s.Status, s.Trouble, s.Attempts, s.NextTry, s.AnnouncedAt = status, nil, 0, time.Time{}, time.Time{}
	if status == StatusSynced && !s.deleted() {
		s.Before = nil
	}
}

// stop notes that a person must act first, and when to try again meanwhile: each
// wait doubles the last.
func (l *lifecycle) stop(ctx workflow.Context, status Status, trouble *Trouble) {
	s, now := l.state, workflow.Now(ctx)
	if trouble == nil {
		trouble = internalTrouble()
	}
	if s.Trouble != nil && s.Trouble.Reason == trouble.Reason && !s.Trouble.Since.IsZero() {
		trouble.Since = s.Trouble.Since
	} else {
		trouble.Since = now
	}
	s.Status, s.Trouble = status, trouble
	s.AnnouncedAt = time.Time{} // whoever waits from here on waits for a person
	s.NextTry = now.Add(s.Retry.wait(s.Attempts))
	s.Attempts++
	s.tell(Entry{At: now, Event: EventTrouble, Trouble: trouble, NextTry: s.NextTry})
}

// wait is First doubled attempts times, at most Max. The zero RetryWaits are a
// minute to a day.
func (r RetryWaits) wait(attempts int) time.Duration {
	if r.First <= 0 || r.Max <= 0 {
		r = RetryWaits{First: time.Minute, Max: 24 * time.Hour}
	}
	wait := r.First
	for range attempts {
		if wait >= r.Max/2 {
			return r.Max
		}
		wait *= 2
	}
	return min(wait, r.Max)
}

// published is what the search attributes say. An upsert costs, so only changes
// are sent, all at once.
type published struct {
	source, legalEntity, employee string
	synchronization, reason       string
	status                        Status
}

func alreadyPublished(ctx workflow.Context) published {
	attributes := workflow.GetTypedSearchAttributes(ctx)
	var p published
	p.source, _ = attributes.GetKeyword(AttributeSource)
	p.legalEntity, _ = attributes.GetKeyword(AttributeLegalEntity)
	p.employee, _ = attributes.GetKeyword(AttributeEmployee)
	status, _ := attributes.GetKeyword(AttributeStatus)
	p.status = Status(status)
	p.synchronization, _ = attributes.GetKeyword(AttributeSynchronization)
	p.reason, _ = attributes.GetKeyword(AttributeReason)
	return p
}

// publish brings the search attributes up to date.
func (l *lifecycle) publish(ctx workflow.Context) {
	s := l.state
	l.describe(ctx)
	now := published{source: s.Source, legalEntity: s.LegalEntity, employee: s.Employee, status: s.Status,
		synchronization: s.Synchronization}
	if s.Trouble != nil {
		now.reason = s.Trouble.Reason
	}
	if err := l.published.update(ctx, now); err != nil {
		l.log.Error("cannot publish the status", "error", err)
	}
}

// update sends what is new.
func (p *published) update(ctx workflow.Context, now published) error {
	var updates []temporal.SearchAttributeUpdate
	add := func(key temporal.SearchAttributeKeyKeyword, was, is string) {
		if is != "" && is != was {
			updates = append(updates, key.ValueSet(is))
		}
	}
	add(AttributeSource, p.source, now.source)
	add(AttributeLegalEntity, p.legalEntity, now.legalEntity)
	add(AttributeEmployee, p.employee, now.employee)
	add(AttributeStatus, string(p.status), string(now.status))
	addOrUnset := func(key temporal.SearchAttributeKeyKeyword, was, is string) {
		if is == "" && was != "" {
			updates = append(updates, key.ValueUnset())
		}
		add(key, was, is)
	}
	addOrUnset(AttributeSynchronization, p.synchronization, now.synchronization)
	addOrUnset(AttributeReason, p.reason, now.reason)
	if len(updates) == 0 {
		return nil
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		return err
	}
	*p = now
	return nil
}

// report tells the initialization that announced the absence what became of it,
// where no activity did: nothing was to be written, or nothing could be. It is sent
// together with others; only while a write goes on, or where that fails, by a signal
// of its own, which is sent with this workflow task and not waited for.
func (l *lifecycle) report(ctx workflow.Context) {
	s := l.state
	settled := Settled{Absence: s.Absence, Status: s.Status, Written: l.wrote && s.Status == StatusSynced}
	if s.Trouble != nil {
		settled.Reason = s.Trouble.Reason
	}
	to := s.Report
	s.Report = ""
	if !l.writing {
		request := ReportRequest{To: to, Result: settled, Batch: s.ReportBatch}
		err := workflow.ExecuteLocalActivity(withReporting(ctx), ReportSettledActivity, request).Get(ctx, nil)
		if err == nil {
			return
		}
		l.log.Warn("cannot report to the initialization together with others", "error", err)
	}
	workflow.SignalExternalWorkflow(ctx, to, "", SignalSettled.Name, []Settled{settled})
}
