package pages

import (
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// storyLine is one line of an absence's story in plain words.
type storyLine struct {
	At         time.Time
	Text, Tone string
	// Do says what helps, for trouble.
	Do      string
	NextTry time.Time
}

// storyLines tells a story, the newest line first.
func storyLines(loc texts.Localizer, story []workflows.Entry) []storyLine {
	var lines []storyLine
	for _, entry := range slices.Backward(story) {
		line := texts.Line{
			Event: entry.Event, Kind: string(entry.Kind), Provider: entry.Provider,
			Created: entry.Created, Updated: entry.Updated, Deleted: entry.Deleted, Unchanged: entry.Unchanged,
		}
		shown := storyLine{At: entry.At, NextTry: entry.NextTry, Tone: eventTone(entry.Event)}
		if entry.Trouble != nil {
			line.Reason, line.Code, line.RequestID = entry.Trouble.Reason, entry.Trouble.Code, entry.Trouble.RequestID
			shown.Do = texts.ReasonFor(entry.Trouble.Reason).Do.In(loc.Lang)
		}
		shown.Text = texts.Story(loc.Lang, line)
		lines = append(lines, shown)
	}
	return lines
}

func eventTone(event string) string {
	switch event {
	case workflows.EventWritten, workflows.EventRemoved, workflows.EventRight:
		return "good"
	case workflows.EventTrouble:
		return "bad"
	case workflows.EventRetrying, workflows.EventInvalid:
		return "warn"
	}
	return "info"
}

// spans writes half-days as people say them: "du 3 mars 2026 au 7 mars 2026",
// "3 mars 2026 (matin)". A weekend between two days does not part them.
func spans(loc texts.Localizer, halves []absence.HalfDay) []string {
	halves = slices.Clone(halves)
	slices.SortFunc(halves, func(a, b absence.HalfDay) int {
		if by := a.Date.Compare(b.Date); by != 0 {
			return by
		}
		return partOrder(a.Part) - partOrder(b.Part)
	})
	var all []string
	for begin := 0; begin < len(halves); {
		end := begin
		for end+1 < len(halves) && follows(halves[end], halves[end+1]) {
			end++
		}
		all = append(all, span(loc, halves[begin], halves[end]))
		begin = end + 1
	}
	return all
}

// daysAround are the first and the last of some half-days as dates, "" for none.
func daysAround(halves []absence.HalfDay) (first, last string) {
	all := absence.Absence{HalfDays: halves}
	if all.IsEmpty() {
		return "", ""
	}
	return all.FirstDay().String(), all.LastDay().String()
}

func partOrder(part absence.Part) int {
	if part == absence.Afternoon {
		return 1
	}
	return 0
}

func follows(a, b absence.HalfDay) bool {
	if a.Date == b.Date {
		return true
	}
	next := a.Date.AddDays(1)
	for next.Before(b.Date) && (next.Weekday() == time.Saturday || next.Weekday() == time.Sunday) {
		next = next.AddDays(1)
	}
	return a.Part == absence.Afternoon && b.Part == absence.Morning && next == b.Date
}

// civilDay is a day as people write it.
func civilDay(loc texts.Localizer, day absence.Date) string {
	return loc.Date(time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC))
}

func span(loc texts.Localizer, first, last absence.HalfDay) string {
	from, to := civilDay(loc, first.Date), civilDay(loc, last.Date)
	startsLate, endsEarly := first.Part == absence.Afternoon, last.Part == absence.Morning
	switch {
	case first.Date == last.Date && startsLate:
		return loc.T("absence.afternoon", "day", from)
	case first.Date == last.Date && endsEarly:
		return loc.T("absence.morning", "day", from)
	case first.Date == last.Date:
		return from
	}
	if startsLate {
		from = loc.T("absence.afternoon", "day", from)
	}
	if endsEarly {
		to = loc.T("absence.morning", "day", to)
	}
	return loc.T("absence.span", "from", from, "to", to)
}
