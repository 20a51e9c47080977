package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// looks is how the calendar of a legal entity's people shows an absence; the demo's
// settings say so.
type looks struct{ zone, tentative, approved string }

var looksOf = map[int]looks{
	1: {"Europe/Paris", "tentative", "oof"},
	2: {"Europe/Zurich", "Tentative", "OOF"},
	3: {"Indian/Reunion", "opaque", "opaque"},
}

// expected is the event of an absence.
type expected struct {
	leave int
	view  mailboxes.View
}

// view is the one event of an absence, worked out here from what the employee entered.
func view(l lucca.Leave, entity int, status lucca.Status) mailboxes.View {
	how := looksOf[entity]
	v := mailboxes.View{
		Subject: titles[0], TimeZone: how.zone, Marked: true, ShowAs: how.tentative, Status: "tentative",
	}
	if status == lucca.Confirmed {
		v.ShowAs, v.Status = how.approved, "confirmed"
	}
	from, to := l.StartPosition != lucca.SecondHalfDay, l.EndPosition != lucca.FirstHalfDay
	if from && to {
		last, _ := time.Parse(time.DateOnly, l.EndsOn)
		v.AllDay, v.Start, v.End = true, l.StartsOn, last.AddDate(0, 0, 1).Format(time.DateOnly)
		return v
	}
	v.Start, v.End = l.StartsOn+"T09:00", l.EndsOn+"T18:00"
	if !from {
		v.Start = l.StartsOn + "T14:00"
	}
	if !to {
		v.End = l.EndsOn + "T12:00"
	}
	return v
}

// lost are the absences one of whose announcements reached nobody.
func (w *world) lost() map[int]bool { return w.deliveries.lostLeaves(w.Lucca()) }

// mostPauses bounds how often a change lets waitEqual and settle wait anew.
const mostPauses = 4

// waitEqual waits until the calendars show what Figgo says and returns what they do not
// show although nothing has changed for so long: how busy the machine is decides nothing.
func (w *world) waitEqual(ctx context.Context, how look, pause time.Duration) (left []string) {
	_ = unchanged(ctx, pause, 2*time.Second, func() (string, bool) {
		left = w.differences(how)
		return strings.Join(left, "\n"), len(left) == 0
	})
	return left
}

var errNothingChanges = errors.New("nothing changes any more")

// unchanged looks until it is done, or what it sees has not changed during the pause.
func unchanged(ctx context.Context, pause, every time.Duration, look func() (seen string, done bool)) error {
	last, since, began := "", time.Now(), time.Now()
	for {
		seen, done := look()
		if done {
			return nil
		}
		if seen != last {
			last, since = seen, time.Now()
		}
		if time.Since(since) > pause || time.Since(began) > mostPauses*pause {
			return errNothingChanges
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(every):
		}
	}
}

// look is how calendars are looked at.
type look struct {
	// without are absences that are not looked at.
	without map[int]bool
	// titles are the titles that events must have, by legal entity; nil for any of titles.
	titles map[int]string
}

func (w *world) differences(how look) []string {
	var all []string
	for _, id := range w.people {
		all = append(all, w.differencesOf(w.employee(id), how)...)
	}
	return all
}

// differencesOf compares the calendars of one employee: the one they have, and those that
// they had under other addresses.
func (w *world) differencesOf(who lucca.Employee, how look) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := comparison{world: w, who: who, look: how}
	for _, l := range w.Lucca().Leaves(who.ID) {
		active := !l.Deleted && (l.Status == lucca.Tentative || l.Status == lucca.Confirmed)
		switch {
		case how.without[l.ID]:
			d.maybe = append(append(d.maybe, l), w.moved[l.ID]...) // who was not told of a move shows the days before
		case active:
			d.want = append(d.want, expected{l.ID, view(l, who.LegalEntity, l.Status)})
		}
	}
	d.calendar(who.Email, d.ours)
	for _, missing := range d.want {
		d.tell(fmt.Sprintf("lacks absence %d", missing.leave), missing.view)
	}
	for _, email := range w.former[who.ID] {
		d.calendar(email, func(event shown) { d.tell("had this address, where still is", event) })
	}
	return d.all
}

// comparison is of one employee's calendars with Figgo. What could be of an absence that is
// not looked at is not looked at either.
type comparison struct {
	*world
	look
	who   lucca.Employee
	want  []expected
	maybe []lucca.Leave
	all   []string
}

func (d *comparison) tell(what string, a any) {
	d.all = append(d.all, fmt.Sprintf("%s %s: %+v", d.who.Email, what, a))
}

// calendar checks that one calendar has what its owner has made, and has each event of
// figgosync's looked at.
func (d *comparison) calendar(email string, ours func(shown)) {
	seen := map[string]bool{}
	for _, event := range d.events(email) {
		seen[event.ID] = true
		if note, noted := d.notes[email][event.ID]; noted && event.Body != note {
			d.tell("lost a note", event)
		}
		if own, entered := d.own[email][event.ID]; entered && asText(event) != own {
			d.tell("had this changed", own)
		}
		copied, is := d.copies[email][event.ID]
		switch {
		case !event.Marked || is && copied == dates(event):
		case is && !d.cleared[d.who.LegalEntity]:
			d.tell("had this copy changed", event)
		default:
			ours(event)
		}
	}
	for id, text := range d.own[email] {
		if !seen[id] {
			d.tell("lost what is theirs", text)
		}
	}
	for id, text := range d.copies[email] {
		if !seen[id] && !d.cleared[d.who.LegalEntity] {
			d.tell("lost a copy", text)
		}
	}
}

func dates(event shown) string { return event.Start + " to " + event.End }

// ours looks for what an event is of.
func (d *comparison) ours(event shown) {
	title := event.Subject
	event.Subject = titles[0]
	switch i := slices.IndexFunc(d.want, func(e expected) bool { return e.view == event.View }); {
	case i >= 0:
		d.want = slices.Delete(d.want, i, i+1)
	case anyMayShow(d.maybe, d.who.LegalEntity, event.View):
	default:
		d.tell("shows, perhaps of"+d.whose(d.who.ID, event.View), event)
	}
	if want := d.titles[d.who.LegalEntity]; d.titles != nil && title != want || !slices.Contains(titles, title) {
		d.tell("shows as "+strconv.Quote(title)+", not "+strconv.Quote(want), event)
	}
}

// mayShow tells that an event may be of an absence of which not everything was announced:
// what a webhook of v5 says is the whole absence, but of the HTTP synchronization's posts,
// each of a half-day, any may be missing.
func mayShow(l lucca.Leave, entity int, event mailboxes.View) bool {
	if l.Via == lucca.V5 {
		return event == view(l, entity, lucca.Tentative) || event == view(l, entity, lucca.Confirmed)
	}
	from, to := event.Start[:len(time.DateOnly)], event.End[:len(time.DateOnly)]
	if event.AllDay {
		last, _ := time.Parse(time.DateOnly, to)
		to = last.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return l.StartsOn <= from && to <= l.EndsOn
}

func anyMayShow(leaves []lucca.Leave, entity int, event mailboxes.View) bool {
	return slices.ContainsFunc(leaves, func(l lucca.Leave) bool { return mayShow(l, entity, event) })
}

// whose are the absences that an event may be of.
func (w *world) whose(employee int, event mailboxes.View) (text string) {
	for _, l := range w.Lucca().Leaves(employee) {
		if l.StartsOn == event.Start[:len(time.DateOnly)] {
			text += fmt.Sprintf(" absence %d (%s, deleted %t)", l.ID, l.Status, l.Deleted)
		}
	}
	return text
}

// settle waits until Lucca has nothing more to announce.
func (w *world) settle(ctx context.Context) error {
	waiting := 0
	err := unchanged(ctx, 6*time.Minute, time.Second, func() (string, bool) {
		waiting = w.deliveries.waiting(w.Lucca())
		return strconv.Itoa(waiting), waiting == 0
	})
	if err != nil {
		return fmt.Errorf("%d webhooks are still on their way: %w", waiting, err)
	}
	return nil
}
