package pages

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/web/texts"
)

// The measures of a drawn week, in units of its view box.
const (
	drawnGutter  = 44 // left of the days, for the hours
	drawnColumn  = 88
	drawnHead    = 30
	drawnLane    = 24 // one all-day event
	drawnHour    = 20
	drawnBand    = 5 // the coloured edge of an event in Outlook
	drawnMargin  = 2
	leastClosing = 19 // the hours every drawn day shows, at least
	mostOpening  = 8
)

// drawnWeek is one week of a calendar with its events, laid out for a drawing.
type drawnWeek struct {
	// ID is unique in the page; Title is what the drawing shows, in words.
	ID, Title     string
	Width, Height int
	// StripTop and StripHeight are where all-day events lie, GridTop and
	// GridHeight the hours under them.
	StripTop, StripHeight, GridTop, GridHeight int
	Days                                       []drawnDay
	Hours                                      []drawnHourLine
	Boxes                                      []drawnBox
}

// drawnDay is one column with its name.
type drawnDay struct {
	X, Width, Center int
	Name             string
	Number           int
	Weekend          bool
}

// drawnHourLine is one hour of the grid.
type drawnHourLine struct {
	Y, Text int
	Label   string
}

// drawnBox is one event, or the part of one that is in this column or week.
type drawnBox struct {
	X, Y, Width, Height int
	Title, Times        string
	// ShowAs is an absence.ShowAs, by which its edge is drawn.
	ShowAs            absence.ShowAs
	Tentative, Locked bool
	// Bar is true in the strip of all-day events, where times follow the title.
	Bar, Timed bool
}

// drawnEvent is an event with its place on a line of minutes since the week's
// Monday, 00:00.
type drawnEvent struct {
	absence.Event
	start, end int
}

const minutesOfDay = 24 * 60

// drawWeeks lays out events as a calendar shows them, one drawing for each week
// that any of them is in, in time order. A week without a timed event has no
// hours.
func drawWeeks(loc texts.Localizer, provider calendars.Provider, events []absence.Event) []drawnWeek {
	byMonday := map[absence.Date][]absence.Event{}
	for _, event := range events {
		last := lastDay(event)
		for monday := mondayOf(event.Start.Date); !last.Before(monday); monday = monday.AddDays(7) {
			byMonday[monday] = append(byMonday[monday], event)
		}
	}
	mondays := make([]absence.Date, 0, len(byMonday))
	for monday := range byMonday {
		mondays = append(mondays, monday)
	}
	slices.SortFunc(mondays, absence.Date.Compare)
	weeks := make([]drawnWeek, 0, len(mondays))
	for _, monday := range mondays {
		weeks = append(weeks, drawWeek(loc, provider, monday, byMonday[monday]))
	}
	return weeks
}

// lastDay is the last day an event touches.
func lastDay(event absence.Event) absence.Date {
	if event.End.Clock == 0 && event.Start.Date.Before(event.End.Date) {
		return event.End.Date.AddDays(-1)
	}
	return event.End.Date
}

func mondayOf(day absence.Date) absence.Date {
	return day.AddDays(-int((day.Weekday() + 6) % 7))
}

func drawWeek(loc texts.Localizer, provider calendars.Provider, monday absence.Date, events []absence.Event) drawnWeek {
	placed := make([]drawnEvent, 0, len(events))
	days := 5
	for _, event := range events {
		one := drawnEvent{event, minutesSince(monday, event.Start), minutesSince(monday, event.End)}
		if touched := (min(one.end, 7*minutesOfDay) - 1) / minutesOfDay; touched >= 5 {
			days = 7
		}
		placed = append(placed, one)
	}
	slices.SortStableFunc(placed, func(a, b drawnEvent) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	week := drawnWeek{
		Width: drawnGutter + days*drawnColumn, Days: drawDays(loc, monday, days),
		Title: loc.T("preview.drawing", "calendar", texts.Provider(loc.Lang, string(provider)), "day",
			dayAndNumber(loc, monday), "count", len(events)),
	}
	lanes := week.bars(loc, provider, placed, days)
	week.StripTop, week.StripHeight = drawnHead, max(lanes, 1)*drawnLane+2*drawnMargin
	week.GridTop = week.StripTop + week.StripHeight
	if !slices.ContainsFunc(placed, func(e drawnEvent) bool { return !e.isBar() }) {
		week.Height = week.GridTop + 1
		return week
	}
	opening, closing := openHours(placed)
	week.GridHeight = (closing - opening) * drawnHour
	week.Height = week.GridTop + week.GridHeight + 1
	for hour := opening; hour < closing; hour++ {
		y := week.GridTop + (hour-opening)*drawnHour
		week.Hours = append(week.Hours, drawnHourLine{Y: y, Text: y + drawnHour/2 + 1,
			Label: absence.Clock(hour * 60).String()})
	}
	week.blocks(loc, provider, placed, days, opening)
	return week
}

func minutesSince(monday absence.Date, at absence.LocalTime) int {
	return monday.DaysUntil(at.Date)*minutesOfDay + int(at.Clock)
}

func drawDays(loc texts.Localizer, monday absence.Date, days int) []drawnDay {
	columns := make([]drawnDay, 0, days)
	for i := range days {
		day := monday.AddDays(i)
		columns = append(columns, drawnDay{
			X: drawnGutter + i*drawnColumn, Width: drawnColumn, Center: drawnGutter + i*drawnColumn + drawnColumn/2,
			Name: loc.T("preview.weekday." + strconv.Itoa(int(day.Weekday()))), Number: day.Day,
			Weekend: day.Weekday() == time.Saturday || day.Weekday() == time.Sunday,
		})
	}
	return columns
}

// isBar tells whether an event is shown over the days, not in them: Outlook and
// Google Calendar both do so with those of 24 hours and more.
func (e drawnEvent) isBar() bool { return e.AllDay || e.end-e.start >= minutesOfDay }

// bars lays out the strip and tells how many lanes it has.
func (w *drawnWeek) bars(loc texts.Localizer, provider calendars.Provider, events []drawnEvent, days int) int {
	var taken []int // by lane: the first free column
	for _, event := range events {
		if !event.isBar() {
			continue
		}
		first := max(0, floorDiv(event.start, minutesOfDay))
		last := min(days, floorDiv(event.end-1, minutesOfDay)+1)
		if first >= last {
			continue
		}
		lane := slices.IndexFunc(taken, func(free int) bool { return free <= first })
		if lane < 0 {
			lane, taken = len(taken), append(taken, 0)
		}
		taken[lane] = last
		box := drawBox(loc, provider, event)
		box.Bar = true
		box.X, box.Width = drawnGutter+first*drawnColumn+drawnMargin, (last-first)*drawnColumn-2*drawnMargin
		box.Y, box.Height = drawnHead+drawnMargin+lane*drawnLane+1, drawnLane-2
		w.Boxes = append(w.Boxes, box)
	}
	return len(taken)
}

// floorDiv divides towards minus infinity.
func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

// openHours are the hours the grid shows: the usual ones, and more where an
// event needs it.
func openHours(events []drawnEvent) (opening, closing int) {
	opening, closing = mostOpening, leastClosing
	for _, event := range events {
		if event.isBar() {
			continue
		}
		for _, part := range event.days() {
			opening = min(opening, part.from/60)
			closing = max(closing, (part.to+59)/60)
		}
	}
	return opening, closing
}

// dayPart is what of an event is on one day: minutes of that day.
type dayPart struct{ day, from, to int }

// days cuts a timed event at midnights.
func (e drawnEvent) days() []dayPart {
	var parts []dayPart
	for start := e.start; start < e.end; {
		day := floorDiv(start, minutesOfDay)
		end := min(e.end, (day+1)*minutesOfDay)
		parts = append(parts, dayPart{day, start - day*minutesOfDay, end - day*minutesOfDay})
		start = end
	}
	return parts
}

// blocks lays out timed events; those at the same time share their column.
func (w *drawnWeek) blocks(loc texts.Localizer, provider calendars.Provider, events []drawnEvent, days, opening int) {
	for day := range days {
		var parts []dayPart
		var boxes []drawnBox
		for _, event := range events {
			if event.isBar() {
				continue
			}
			for _, part := range event.days() {
				if part.day == day {
					parts, boxes = append(parts, part), append(boxes, drawBox(loc, provider, event))
				}
			}
		}
		lanes, count := packed(parts)
		width := drawnColumn / max(count, 1)
		for i, part := range parts {
			boxes[i].X, boxes[i].Width = drawnGutter+day*drawnColumn+lanes[i]*width+drawnMargin, width-2*drawnMargin
			boxes[i].Y = w.GridTop + (part.from-opening*60)*drawnHour/60
			boxes[i].Height = max((part.to-part.from)*drawnHour/60, drawnHour/2)
		}
		w.Boxes = append(w.Boxes, boxes...)
	}
}

// packed gives each part a lane in which nothing else is at its time.
func packed(parts []dayPart) (lanes []int, count int) {
	var free []int
	for _, part := range parts {
		lane := slices.IndexFunc(free, func(until int) bool { return until <= part.from })
		if lane < 0 {
			lane, free = len(free), append(free, 0)
		}
		free[lane] = part.to
		lanes = append(lanes, lane)
	}
	return lanes, len(free)
}

func drawBox(loc texts.Localizer, provider calendars.Provider, event drawnEvent) drawnBox {
	times := eventTimes(loc, event.Event)
	if event.Start.Date == lastDay(event.Event) { // a column is narrow
		times = strings.ReplaceAll(times, " – ", "–")
	}
	return drawnBox{
		Title: event.Title, Times: times, ShowAs: calendars.ShowsAs(provider, event.ShowAs),
		Tentative: event.Status == absence.Pending, Locked: event.Private, Timed: !event.AllDay,
	}
}

// eventTimes says when an event is, without the day where it is on one only.
func eventTimes(loc texts.Localizer, event absence.Event) string {
	switch last := lastDay(event); {
	case event.AllDay && event.Start.Date == last:
		return loc.T("preview.allDay")
	case event.AllDay:
		return loc.T("preview.allDays", "from", dayAndNumber(loc, event.Start.Date), "to",
			dayAndNumber(loc, last))
	case event.Start.Date == last:
		return event.Start.Clock.String() + " – " + endClock(event)
	default:
		return dayAndNumber(loc, event.Start.Date) + " " + event.Start.Clock.String() + " – " +
			dayAndNumber(loc, last) + " " + endClock(event)
	}
}

// endClock writes the midnight an event ends at as 24:00 of the day before.
func endClock(event absence.Event) string {
	if event.End.Clock == 0 {
		return "24:00"
	}
	return event.End.Clock.String()
}

// dayAndNumber is a day as the head of its column says it, such as "lun. 5".
func dayAndNumber(loc texts.Localizer, day absence.Date) string {
	return loc.T("preview.weekday."+strconv.Itoa(int(day.Weekday()))) + " " + loc.Day(day.Day)
}
