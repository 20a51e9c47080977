package calendars

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/absence"
)

// ProbeKey marks the event of Probe. No source can have its name, so it is never
// taken for an absence; and it is always the same, so that the next probe also
// removes an event a former one had to leave behind.
var ProbeKey = Key{Source: "_check", Absence: "probe"}

const (
	probeTitle = "figgosync"
	// settleTime is how long Probe waits before it looks a second time: a search
	// may lag a moment behind a write.
	settleTime = 2 * time.Second
	// cleanUpTime is how long removing may take even when the caller gave up.
	cleanUpTime = 15 * time.Second
)

// ProbeEvent is the harmless event Probe writes: all day, a year from today,
// shown as free, titled "figgosync"; like all our events without attendees and
// without a reminder.
func ProbeEvent(today time.Time) absence.Event {
	year, month, day := today.AddDate(1, 0, 0).Date()
	start := absence.Date{Year: year, Month: month, Day: day}
	return absence.Event{
		Run: 1, Title: probeTitle, AllDay: true, Zone: "Etc/UTC", Status: absence.Confirmed, ShowAs: absence.Free,
		Start: absence.LocalTime{Date: start}, End: absence.LocalTime{Date: start.AddDays(1)},
	}
}

// Probe takes the steps write and remove: it writes ProbeEvent into the mailbox,
// finds it by its marker as any absence is found, removes it, and looks that it
// is gone. It removes what it wrote also when ctx ends in between.
// explain says what an error means and gives the provider's code.
func Probe(ctx context.Context, list *Checklist, cal Calendar, mailbox string, explain func(error) (Finding, string)) {
	if err := removeProbes(ctx, cal, mailbox); err != nil { // of a former check
		finding, detail := explain(err)
		list.Fail(StepWrite, finding, detail)
		return
	}
	event := ProbeEvent(time.Now())
	day := event.Start.Date.String()
	placed, err := cal.Create(ctx, mailbox, Marker{Key: ProbeKey, Run: event.Run}, event, uuid.NewString())
	written, found := err == nil, false
	if written {
		found, err = shows(ctx, cal, mailbox, ProbeKey, true)
	}
	switch {
	case err != nil:
		finding, detail := explain(err)
		list.Fail(StepWrite, finding, detail)
	case !found:
		list.Fail(StepWrite, WrittenNotFound, day)
	default:
		list.OK(StepWrite, day)
	}
	// Also after a failure: the answer may be lost and the event be there.
	switch left := removeProbe(ctx, cal, mailbox, placed); {
	case left && written:
		list.Fail(StepRemove, ProbeLeftBehind, day)
	case left:
		list.Skip(StepRemove, "not known whether an event stands on "+day)
	case written:
		list.OK(StepRemove, "")
	}
}

// removeProbe removes what Probe wrote, by its id and by its marker; left says
// that an event may still be there.
func removeProbe(ctx context.Context, cal Calendar, mailbox string, placed Placed) (left bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	if placed.ID != "" && removeProbeEvent(ctx, cal, mailbox, placed) != nil {
		return true
	}
	if removeProbes(ctx, cal, mailbox) != nil {
		return true
	}
	left, err := shows(ctx, cal, mailbox, ProbeKey, false)
	return left || err != nil
}

func removeProbes(ctx context.Context, cal Calendar, mailbox string) error {
	all, err := cal.Find(ctx, mailbox, ProbeKey)
	if err != nil {
		return err
	}
	for _, placed := range all {
		if err := removeProbeEvent(ctx, cal, mailbox, placed); err != nil {
			return err
		}
	}
	return nil
}

// removeProbeEvent deletes one event. That it is gone is no trouble here: whether
// it is true is looked at afterwards.
func removeProbeEvent(ctx context.Context, cal Calendar, mailbox string, placed Placed) error {
	if err := cal.Delete(ctx, mailbox, placed); !isGone(err) {
		return err
	}
	return nil
}

// shows tells whether the mailbox shows an event that carries key, looking a second time
// when it is not as wanted.
func shows(ctx context.Context, cal Calendar, mailbox string, key Key, wanted bool) (bool, error) {
	all, err := cal.Find(ctx, mailbox, key)
	if err != nil || (len(all) > 0) == wanted {
		return len(all) > 0, err
	}
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(settleTime):
	}
	all, err = cal.Find(ctx, mailbox, key)
	return len(all) > 0, err
}
