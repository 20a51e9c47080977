package workflows

import (
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// merge applies one change. It tells whether the absence is now different from what
// it was; what is outdated or repeated changes nothing. now is the time of arrival.
//
// Signals of different names arrive in no order and Lucca delivers at least
// once in any order, so the result depends only on what arrived, not on when. A
// snapshot is the exception: it is older than every change that arrived after it
// was read, whatever its timestamps say.
func (s *State) merge(kind Kind, change Change, now time.Time) bool {
	change.Absence = change.Absence.Normalize()
	if !s.acceptable(kind, change) {
		s.tell(Entry{At: now, Event: EventInvalid, Kind: kind, EventID: change.EventID})
		return false
	}
	counts := false
	switch {
	case change.Partial:
		counts = s.mergeHalves(kind, change, now)
	case !change.ReadAt.IsZero():
		counts = s.mergeSnapshot(kind, change, now)
	default:
		counts = s.mergeWhole(kind, change, now)
	}
	event := EventOutdated
	if counts {
		event = EventReceived
		s.Bulk = change.Bulk
		s.owner(change)
		if change.ReadAt.IsZero() {
			s.LiveAt = now
		}
	}
	s.tell(Entry{At: now, Event: event, Kind: kind, EventID: change.EventID})
	return counts
}

// acceptable refuses changes from which no absence can be made. An empty
// absence is never read as "no absence": only a deletion deletes.
func (s *State) acceptable(kind Kind, change Change) bool {
	if kind == Deleted && !change.Partial {
		return true
	}
	return !change.Absence.IsEmpty() && change.Absence.Validate() == nil &&
		(change.Employee != "" || change.Email != "" || s.Employee != "")
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

// mergeWhole takes a change that speaks of the whole absence. Half-days that were
// removed before, and that it does not have either, stay removed: a late notice must
// not bring them back.
func (s *State) mergeWhole(kind Kind, change Change, now time.Time) bool {
	changedAt, occurredAt := stamps(change, now)
	if s.Kind != "" && !newer(kind, changedAt, occurredAt, s) {
		return false
	}
	removed := slices.DeleteFunc(slices.Clone(s.Halves), func(h Half) bool { return h.Kind != Deleted })
	s.Kind, s.ChangedAt, s.OccurredAt, s.Halves, s.WholeDeletedAt = kind, changedAt, occurredAt, nil, time.Time{}
	if kind == Deleted {
		s.WholeDeletedAt = changedAt
	}
	if change.ReadAt.IsZero() {
		s.LiveAt = now
	}
	if !change.Absence.IsEmpty() && change.Absence.Validate() == nil {
		s.Content = change.Absence
	}
	for i := range s.Content.HalfDays {
		s.Content.HalfDays[i].Confirmed = kind == Approved
	}
	if len(removed) > 0 {
		s.Halves = merged(halvesOf(s), removed)
	}
	return true
}

// clocksApart is how far the clock of the process that reads a snapshot may be ahead
// of Temporal's.
const clocksApart = 5 * time.Second

// before tells that a snapshot was read before something arrived.
func (c Change) before(arrival time.Time) bool {
	return !arrival.IsZero() && !arrival.Add(clocksApart).Before(c.ReadAt)
}

// mergeSnapshot takes the absence as a list had it. Where half-days were announced
// one by one, those that were after it was read are kept as announced, and the list
// tells of the others.
func (s *State) mergeSnapshot(kind Kind, change Change, now time.Time) bool {
	later := slices.DeleteFunc(slices.Clone(s.Halves), func(h Half) bool { return !change.before(h.HeardAt) })
	switch {
	case change.before(s.LiveAt) && (len(later) == 0 || !s.WholeDeletedAt.IsZero()):
		return false
	case len(later) == 0:
		return s.mergeWhole(kind, change, now)
	}
	before, kindBefore := s.Content, s.Kind
	removed := slices.DeleteFunc(slices.Clone(s.Halves), func(h Half) bool { return h.Kind != Deleted })
	listed := State{Kind: kind, Content: change.Absence}
	for i := range listed.Content.HalfDays {
		listed.Content.HalfDays[i].Confirmed = kind == Approved
	}
	listed.ChangedAt, _ = stamps(change, now)
	s.Halves = merged(later, merged(halvesOf(&listed), removed))
	s.rebuild(change.Absence)
	return s.Kind != kindBefore || !same(before, s.Content)
}

// merged adds to the first half-days those of the second that the first does not
// have.
func merged(first, second []Half) []Half {
	for _, half := range second {
		if !slices.ContainsFunc(first, half.sameHalfDay) {
			first = append(first, half)
		}
	}
	return first
}

func (h Half) sameHalfDay(other Half) bool {
	return h.HalfDay.Date == other.HalfDay.Date && h.HalfDay.Part == other.HalfDay.Part
}

func stamps(change Change, now time.Time) (changedAt, occurredAt time.Time) {
	changedAt, occurredAt = change.ChangedAt, change.OccurredAt
	if occurredAt.IsZero() {
		occurredAt = changedAt
	}
	if occurredAt.IsZero() {
		occurredAt = change.ReadAt
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
// removal brings the half-day back, where both are of one clock. After a deletion of the whole absence a half-day
// that it did not name is as removed as those it did.
func (s *State) mergeHalves(kind Kind, change Change, now time.Time) bool {
	if len(s.Halves) == 0 {
		s.Halves = halvesOf(s)
	}
	deletion, counts := Half{Kind: Deleted, At: s.WholeDeletedAt}, false
	for _, halfDay := range change.Absence.HalfDays {
		halfDay.Confirmed = kind == Approved
		incoming := Half{HalfDay: halfDay, Kind: kind, At: change.ChangedAt, Local: true, HeardAt: now}
		i := slices.IndexFunc(s.Halves, incoming.sameHalfDay)
		switch {
		case i < 0 && !deletion.At.IsZero() && !s.replaces(incoming, deletion):
			continue
		case i < 0:
			s.Halves = append(s.Halves, incoming)
		case s.replaces(incoming, s.Halves[i]):
			s.Halves[i] = incoming
		default:
			continue
		}
		counts = true
	}
	if counts {
		s.rebuild(change.Absence)
	}
	return counts
}

// halvesOf turns a whole absence into half-days, so that a legacy notice about
// one of them leaves the others alone.
func halvesOf(s *State) []Half {
	halves := make([]Half, 0, len(s.Content.HalfDays))
	for _, halfDay := range s.Content.HalfDays {
		half := Half{HalfDay: halfDay, Kind: Requested, At: s.ChangedAt, HeardAt: s.LiveAt}
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

// zonesApart is how far a clock on the wall is from UTC at most.
const zonesApart = 14 * time.Hour

// clocksDiffer tells that one time is by the owner's clock and the other is not, and that
// which of them is later depends on where the owner is.
func (s *State) clocksDiffer(a, b Half) bool {
	return a.Local != b.Local && a.At.Sub(b.At).Abs() <= zonesApart && s.Behaviour.has(behaviourClocks)
}

// replaces tells whether what is heard of a half-day counts for more than what is known.
func (s *State) replaces(h, old Half) bool {
	differ := s.clocksDiffer(h, old)
	bothTimed := !h.At.IsZero() && !old.At.IsZero() && !differ
	switch {
	case old.Kind == Deleted:
		return h.Kind == Approved && bothTimed && h.At.After(old.At)
	case h.Kind == Deleted:
		return old.Kind != Approved || !bothTimed || !old.At.After(h.At)
	case h.Kind == old.Kind:
		return h.HalfDay.Minutes != old.HalfDay.Minutes && (differ || !old.At.After(h.At))
	default:
		return h.Kind == Approved
	}
}

// rebuild makes Content and Kind from Halves. When all are removed Content stays
// what it was, for the end of the run.
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
	if latest.Account != "" && (s.Content.Account == "" || !tellsTypes(latest)) {
		s.Content.Account, s.Content.AccountName, s.Content.Category = latest.Account, latest.AccountName,
			latest.Category
	}
	if len(live) > 0 {
		s.Content.HalfDays = live
	} else if s.Content.IsEmpty() {
		s.Content.HalfDays = latest.HalfDays
	}
	s.Content = s.Content.Normalize()
}

// tellsTypes tells that half-days have types of their own: then the one of the absence is
// that of those that have none, which were told of before.
func tellsTypes(a absence.Absence) bool {
	return slices.ContainsFunc(a.HalfDays, func(h absence.HalfDay) bool { return h.Type != (absence.Type{}) })
}
