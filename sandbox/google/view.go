package google

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// viewOf is the event as its owner sees it. A timed event is shown in its own
// zone, that of its start, or in the calendar's when it was sent with an offset
// only.
func viewOf(kept stored, box mailboxes.Mailbox, calendar *time.Location) mailboxes.View {
	view := mailboxes.View{
		Subject:  kept.Summary,
		TimeZone: box.Zone,
		ShowAs:   opaque,
		Private:  kept.Visibility == "private" || kept.Visibility == "confidential",
		Status:   kept.Status,
		Kind:     kindOf(kept.event),
		Marked:   isMarked(kept.event),
	}
	if kept.Transparency == transparent {
		view.ShowAs = transparent
	}
	if kept.Start.Date != "" {
		view.AllDay = true
		view.Start, view.End = kept.Start.Date, kept.End.Date
		return view
	}
	zone := calendar
	if own, err := loadZone(kept.Start.TimeZone); err == nil {
		zone, view.TimeZone = own, kept.Start.TimeZone
	}
	const minutes = "2006-01-02T15:04"
	view.Start, view.End = kept.start.In(zone).Format(minutes), kept.end.In(zone).Format(minutes)
	return view
}

// kindOf is the eventType of an event that is not an ordinary one, with the mode or the
// place that it has.
func kindOf(e event) string {
	switch {
	case e.OutOfOfficeProperties != nil:
		return strings.TrimSpace(outOfOffice + " " + e.OutOfOfficeProperties.AutoDeclineMode)
	case e.WorkingLocationProperties != nil:
		return strings.TrimSpace(atLocation + " " + e.WorkingLocationProperties.Type)
	default:
		return ""
	}
}
