package workflows

import (
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// merge takes one change in. It tells whether the absence is now different from
// what it was; old and repeated news is not. now is the time of arrival.
//
// Signals of different names arrive in no order and Lucca delivers at least
// once in any order, so the result depends only on what arrived, not on when.
func (s *State) merge(kind Kind, change Change, now time.Time) bool {
	change.Absence = change.Absence.Normalize()
	if !s.acceptable(kind, change) {
		s.tell(Entry{At: now, Event: EventInvalid, Kind: kind, EventID: change.EventID})
		return false
	}
	news := false
	if change.Partial {
		news = s.mergeHalves(kind, change)
	} else {
		news = s.mergeWhole(kind, change, now)
	}
	event := EventOutdated
	if news {
		event = EventReceived
		s.Bulk = change.Bulk
		s.owner(change)
	}
	s.tell(Entry{At: now, Event: event, Kind: kind, EventID: change.EventID})
	return news
}

// acceptable refuses changes from which no absence can be made. An empty
// absence is never read as "no absence": only a deletion deletes.
func (s *State) acceptable(kind Kind, change Change) bool {
	if kind == Deleted && !change.Partial {
		return true
	}
	return !change.Absence.IsEmpty() && change.Absence.Validate() == nil && (change.Employee != "" || change.Email != "" || s.Employee != "")
}

func (s *State) owner(change Change) {
	if change.Employee != "" {
		s.Employee = change.Employee
	}
	if change.Email != "" {
		s.Email = change.Email
	}
	if change.LegalEntity != "" {
		s.LegalEntity = change.LegalEntity
	}
	if change.Known != nil || s.Known != nil && s.Known.ID != s.Employee {
		s.Known = change.Known
	}
}

// mergeWhole takes a change that speaks of the whole absence.
func (s *State) mergeWhole(kind Kind, change Change, now time.Time) bool {
	changedAt, occurredAt := stamps(change, now)
	if s.Kind != "" && !newer(kind, changedAt, occurredAt, s) {
		return false
	}
	s.Kind, s.ChangedAt, s.OccurredAt, s.Halves = kind, changedAt, occurredAt, nil
	if !change.Absence.IsEmpty() && change.Absence.Validate() == nil {
		s.Content = change.Absence
	}
	for i := range s.Content.HalfDays {
		s.Content.HalfDays[i].Confirmed = kind == Approved
	}
	return true
}

func stamps(change Change, now time.Time) (changedAt, occurredAt time.Time) {
	changedAt, occurredAt = change.ChangedAt, change.OccurredAt
	if occurredAt.IsZero() {
		occurredAt = changedAt
	}
	if occurredAt.IsZero() {
		occurredAt = now
	}
	if changedAt.IsZero() {
		changedAt = occurredAt
	}
	return changedAt, occurredAt
}

// newer orders by the state's own timestamp; a deletion wins a tie; then the
// event's time decides, then the kind.
func newer(kind Kind, changedAt, occurredAt time.Time, than *State) bool {
	if c := changedAt.Compare(than.ChangedAt); c != 0 {
		return c > 0
	}
	if (kind == Deleted) != (than.Kind == Deleted) {
		return kind == Deleted
	}
	if c := occurredAt.Compare(than.OccurredAt); c != 0 {
		return c > 0
	}
	return kind.rank() > than.Kind.rank()
}

// mergeHalves takes a change of single half-days. They carry no time of their
// own but a confirmation's or a cancellation's, so their kinds decide: removed
// wins over approved over requested, except that a confirmation later than the
// removal brings the half-day back.
func (s *State) mergeHalves(kind Kind, change Change) bool {
	if len(s.Halves) == 0 {
		s.Halves = halvesOf(s)
	}
	news := false
	for _, halfDay := range change.Absence.HalfDays {
		halfDay.Confirmed = kind == Approved
		incoming := Half{HalfDay: halfDay, Kind: kind, At: change.ChangedAt}
		i := slices.IndexFunc(s.Halves, func(h Half) bool {
			return h.HalfDay.Date == halfDay.Date && h.HalfDay.Part == halfDay.Part
		})
		switch {
		case i < 0:
			s.Halves = append(s.Halves, incoming)
		case incoming.replaces(s.Halves[i]):
			s.Halves[i] = incoming
		default:
			continue
		}
		news = true
	}
	if news {
		s.rebuild(change.Absence)
	}
	return news
}

// halvesOf turns a whole absence into half-days, so that a legacy notice about
// one of them leaves the others alone.
func halvesOf(s *State) []Half {
	halves := make([]Half, 0, len(s.Content.HalfDays))
	for _, halfDay := range s.Content.HalfDays {
		half := Half{HalfDay: halfDay, Kind: Requested, At: s.ChangedAt}
		switch {
		case s.Kind == Deleted:
			half.Kind = Deleted
		case halfDay.Confirmed:
			half.Kind = Approved
		}
		halves = append(halves, half)
	}
	return halves
}

func (h Half) replaces(old Half) bool {
	bothTimed := !h.At.IsZero() && !old.At.IsZero()
	switch {
	case old.Kind == Deleted:
		return h.Kind == Approved && bothTimed && h.At.After(old.At)
	case h.Kind == Deleted:
		return old.Kind != Approved || !bothTimed || !old.At.After(h.At)
	case h.Kind == old.Kind:
		return h.HalfDay.Minutes != old.HalfDay.Minutes && !old.At.After(h.At)
	default:
		return h.Kind == Approved
	}
}

// rebuild makes Content and Kind from Halves. When all are removed Content stays
// what it was, for the end of life.
func (s *State) rebuild(latest absence.Absence) {
	var live []absence.HalfDay
	kind := Deleted
	for _, half := range s.Halves {
		if half.Kind == Deleted {
			continue
		}
		live = append(live, half.HalfDay)
		if kind == Deleted || half.Kind == Requested {
			kind = half.Kind
		}
	}
	s.Kind = kind
	if latest.Account != "" {
		s.Content.Account, s.Content.AccountName = latest.Account, latest.AccountName
	}
	if len(live) > 0 {
		s.Content.HalfDays = live
	} else if s.Content.IsEmpty() {
		s.Content.HalfDays = latest.HalfDays
	}
	s.Content = s.Content.Normalize()
}
