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
	v := mailboxes.View{Subject: "Absent", TimeZone: how.zone, Marked: true, ShowAs: how.tentative, Status: "tentative"}
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
// Absences in without are not looked at.
func (w *world) waitEqual(ctx context.Context, without map[int]bool, pause time.Duration) (left []string) {
	_ = unchanged(ctx, pause, 2*time.Second, func() (string, bool) {
		left = w.differences(without)
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

func (w *world) differences(without map[int]bool) []string {
	var all []string
	for _, who := range w.people {
		all = append(all, w.differencesOf(who, without)...)
	}
	return all
}

// differencesOf compares one calendar. What could be of an absence that is not looked at
// is not looked at either.
func (w *world) differencesOf(who lucca.Employee, without map[int]bool) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var want []expected
	var maybe []lucca.Leave
	for _, l := range w.Lucca().Leaves(who.ID) {
		active := !l.Deleted && (l.Status == lucca.Tentative || l.Status == lucca.Confirmed)
		switch {
		case without[l.ID]:
			maybe = append(maybe, l)
		case active:
			want = append(want, expected{l.ID, view(l, who.LegalEntity, l.Status)})
		}
	}
	var all []string
	tell := func(what string, a any) { all = append(all, fmt.Sprintf("%s %s: %+v", who.Email, what, a)) }
	seen := map[string]bool{}
	for _, event := range w.events(who.Email) {
		seen[event.ID] = true
		if note, noted := w.notes[who.Email][event.ID]; noted && event.Body != note {
			tell("lost a note", event)
		}
		if _, copied := w.copies[who.Email][event.ID]; copied || !event.Marked {
			continue
		}
		if i := slices.IndexFunc(want, func(e expected) bool { return e.view == event.View }); i >= 0 {
			want = slices.Delete(want, i, i+1)
		} else if !anyMayShow(maybe, who.LegalEntity, event.View) {
			tell("shows, perhaps of"+w.whose(who.ID, event.View), event)
		}
	}
	for _, missing := range want {
		tell(fmt.Sprintf("lacks absence %d", missing.leave), missing.view)
	}
	for id, text := range w.copies[who.Email] {
		if !seen[id] {
			tell("lost a copy", strconv.Quote(text))
		}
	}
	return all
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
