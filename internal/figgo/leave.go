package figgo

import (
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

const (
	// maxListedDays is how many days Lucca lists in a leave's days[]. Of a
	// longer leave the rest is not listed.
	maxListedDays = 365
	// maxSpan bounds the calendar days from a leave's first to its last.
	maxSpan = 2000
	// periodDays is what absence.FromPeriod accepts at a time.
	periodDays = 400
	// oneHalf is the most minutes we take to fit into one half of a day.
	oneHalf = 4 * 60
)

// period is a leave's startsOn, startPosition, endsOn and endPosition, both ends
// inclusive.
type period struct {
	start, end         absence.Date
	startPart, endPart absence.Part
}

// listedDay is one element of a leave's days[].
type listedDay struct {
	date    absence.Date
	parts   []absence.Part
	hours   bool    // the account counts hours
	minutes float64 // the exact amount, from duration.iso
	nothing bool    // the duration is zero
	whole   bool    // the source says that the whole day is taken
}

// readLeave reads the half-days of a v5 leave
// (https://developers.lucca.fr/api-reference/latest/leaves/leave). Where days[]
// lists days it is the truth, made by Lucca from the account's rules; where it
// does not, the period counts, without its Saturdays and Sundays.
func readLeave(leave members, confirmed bool) absence.Absence {
	p := readPeriod(leave)
	days := readDays(leave, p)
	var result absence.Absence
	switch {
	case *leave.of.problem != nil:
	case len(days) == 0:
		result = fromPeriod(leave, p, confirmed)
	default:
		result = fromDays(leave, p, days, confirmed)
	}
	if result = result.Normalize(); result.Validate() != nil {
		leave.of.fail("it has more days than an absence may have")
	}
	return result
}

// readPeriod reads the period. It may be missing only where days[] is not.
func readPeriod(leave members) period {
	p := period{
		start: leave.at("startsOn").date(), startPart: position(leave.at("startPosition"), absence.Morning),
		end: leave.at("endsOn").date(), endPart: position(leave.at("endPosition"), absence.Afternoon),
	}
	if p.start.IsZero() || p.end.IsZero() {
		if len(leave.at("days").items(maxSpan)) == 0 {
			leave.at("startsOn").required()
			leave.at("endsOn").required()
		}
		return p
	}
	if p.end.Before(p.start) || p.start == p.end && p.endPart < p.startPart {
		leave.at("endsOn").fail("it is before startsOn")
	}
	if p.start.DaysUntil(p.end) >= maxSpan {
		leave.at("endsOn").fail("it is too far from startsOn")
	}
	return p
}

// position reads firstHalfDay or secondHalfDay.
func position(v value, missing absence.Part) absence.Part {
	switch v.text() {
	case "firstHalfDay":
		return absence.Morning
	case "secondHalfDay":
		return absence.Afternoon
	case "":
		return missing
	}
	v.fail("it must be firstHalfDay or secondHalfDay")
	return missing
}

// readDays reads days[]. A leave of one day without days[] may still have its
// amount of hours in totalDuration.
func readDays(leave members, p period) []listedDay {
	var days []listedDay
	for _, item := range leave.at("days").items(maxSpan) {
		day := item.members("date", "range", "duration")
		days = append(days, readDay(day))
	}
	if total := leave.at("totalDuration"); len(days) == 0 && p.start == p.end && total.present() {
		day := listedDay{date: p.start, parts: []absence.Part{p.startPart}}
		if p.endPart != p.startPart {
			day.parts = append(day.parts, p.endPart)
		}
		if readDuration(total, &day); day.hours {
			days = append(days, day)
		}
	}
	return days
}

func readDay(item members) listedDay {
	day := listedDay{date: item.at("date").required().date()}
	switch item.at("range").required().text() {
	case "firstHalfDay":
		day.parts = []absence.Part{absence.Morning}
	case "secondHalfDay":
		day.parts = []absence.Part{absence.Afternoon}
	case "allDay":
		day.parts, day.whole = []absence.Part{absence.Morning, absence.Afternoon}, true
	default:
		item.at("range").fail("it must be firstHalfDay, secondHalfDay or allDay")
	}
	if day.date.IsZero() {
		item.at("date").fail("it is missing")
	}
	readDuration(item.at("duration"), &day)
	return day
}

// readDuration reads {iso, value, unit}. value may be rounded and is not read.
// iso matters to us only where hours are counted.
func readDuration(v value, day *listedDay) {
	duration := v.members("iso", "unit")
	day.hours = duration.at("unit").text() == "hours"
	iso := duration.at("iso")
	minutes, ok := parseISO(iso.text())
	if day.hours && !ok {
		iso.required().fail("it is not an ISO 8601 duration, such as PT3H30M")
	}
	day.minutes, day.nothing = minutes, ok && minutes == 0
}

// fromDays makes the half-days of the listed days. The days between, and those
// listed with no amount at all, are off.
func fromDays(leave members, p period, days []listedDay, confirmed bool) absence.Absence {
	full := len(days) >= maxListedDays
	if slices.ContainsFunc(days, func(d listedDay) bool { return !d.nothing }) {
		days = slices.DeleteFunc(days, func(d listedDay) bool { return d.nothing })
	}
	var result absence.Absence
	for _, day := range days {
		result.HalfDays = append(result.HalfDays, day.halfDays(confirmed)...)
	}
	first, last := result.FirstDay(), result.LastDay()
	if !p.start.IsZero() && p.start.Before(first) {
		first = p.start
	}
	if last.Before(p.end) && full {
		rest := period{start: last.AddDays(1), startPart: absence.Morning, end: p.end, endPart: p.endPart}
		result.HalfDays = append(result.HalfDays, fromPeriod(leave, rest, confirmed).HalfDays...)
	} else if last.Before(p.end) {
		last = p.end
	}
	if first.DaysUntil(last) >= maxSpan {
		leave.at("days").fail("its days are too far from each other")
		return absence.Absence{}
	}
	result.Off = between(first, last, days)
	return result
}

// halfDays returns the halves of the day. A day that the source marks whole is
// whole, however many hours it counts for. Hours of a day that only the leave's
// period makes whole are an amount when they fit into one half.
func (d listedDay) halfDays(confirmed bool) []absence.HalfDay {
	parts, minutes := d.parts, 0
	if d.hours && !d.whole {
		minutes = amount(d.minutes)
	}
	switch {
	case len(parts) > 1 && minutes > oneHalf:
		minutes = 0
	case minutes > 0:
		parts = parts[:1]
	}
	halves := make([]absence.HalfDay, len(parts))
	for i, part := range parts {
		halves[i] = absence.HalfDay{Date: d.date, Part: part, Confirmed: confirmed, Minutes: minutes}
	}
	return halves
}

// between returns the dates from first to last, inclusive, that are not listed.
func between(first, last absence.Date, days []listedDay) []absence.Date {
	listed := make(map[absence.Date]bool, len(days))
	for _, day := range days {
		listed[day.date] = true
	}
	var off []absence.Date
	for date := first; !last.Before(date); date = date.AddDays(1) {
		if !listed[date] {
			off = append(off, date)
		}
	}
	return off
}

// fromPeriod makes the half-days of a period, weekends left out unless there is
// nothing else in it.
func fromPeriod(leave members, p period, confirmed bool) absence.Absence {
	var halves []absence.HalfDay
	for from, part := p.start, p.startPart; ; {
		to, toPart := from.AddDays(periodDays-1), absence.Afternoon
		if !to.Before(p.end) {
			to, toPart = p.end, p.endPart
		}
		piece, err := absence.FromPeriod(from, part, to, toPart, confirmed)
		if err != nil {
			leave.at("endsOn").fail("startsOn and endsOn are not a period")
			return absence.Absence{}
		}
		halves = append(halves, piece.HalfDays...)
		if to == p.end {
			break
		}
		from, part = to.AddDays(1), absence.Morning
	}
	// A last piece of weekend days only keeps them.
	if slices.ContainsFunc(halves, onWeekday) {
		halves = slices.DeleteFunc(halves, func(h absence.HalfDay) bool { return !onWeekday(h) })
	}
	return absence.Absence{HalfDays: halves}
}

func onWeekday(h absence.HalfDay) bool {
	day := h.Date.Weekday()
	return day != time.Saturday && day != time.Sunday
}
