package lucca

import (
	"cmp"
	"time"
)

const maxDays = 365 // of a leave's days[], by the schema

// days checks a request against its account and computes the days on leave.
func (req *LeaveRequest) days(account Account) ([]Day, error) {
	from, err := civil("startsOn", req.StartsOn)
	if err != nil {
		return nil, err
	}
	to, err := civil("endsOn", req.EndsOn)
	if err != nil {
		return nil, err
	}
	if err := req.checkOrder(from, to); err != nil {
		return nil, err
	}
	var days []Day
	for date := from; !date.After(to); date = date.AddDate(0, 0, 1) {
		if weekday := date.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			continue
		}
		days = append(days, Day{Date: date.Format(time.DateOnly), Range: req.partOf(date, from, to)})
	}
	if len(days) == 0 {
		return nil, &InvalidError{"startsOn",
			"there is no working day between the two dates; choose dates from Monday to Friday"}
	}
	return days, req.spreadHours(account, days)
}

func civil(field, text string) (time.Time, error) {
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, &InvalidError{field, "give a date as YYYY-MM-DD"}
	}
	return date, nil
}

func (req *LeaveRequest) checkOrder(from, to time.Time) error {
	for field, position := range map[string]Position{"startPosition": req.StartPosition,
		"endPosition": req.EndPosition} {
		if position != FirstHalfDay && position != SecondHalfDay {
			return &InvalidError{field, "give firstHalfDay or secondHalfDay"}
		}
	}
	backward := from.Equal(to) && req.StartPosition == SecondHalfDay && req.EndPosition == FirstHalfDay
	if to.Before(from) || backward {
		return &InvalidError{"endsOn", "the end is before the start; give an end on or after the start"}
	}
	if to.Sub(from) >= maxDays*24*time.Hour {
		return &InvalidError{"endsOn", "a leave has at most 365 days; give an earlier end"}
	}
	return nil
}

func (req *LeaveRequest) partOf(date, from, to time.Time) Position {
	switch {
	case date.Equal(from) && req.StartPosition == SecondHalfDay:
		return SecondHalfDay
	case date.Equal(to) && req.EndPosition == FirstHalfDay:
		return FirstHalfDay
	}
	return AllDay
}

// spreadHours gives each day its share of the hours.
func (req *LeaveRequest) spreadHours(account Account, days []Day) error {
	inHours := account.Unit == WorkingHours
	switch {
	case inHours && req.Hours <= 0:
		return &InvalidError{"hours", "the account is counted in hours; give a number above 0"}
	case !inHours && req.Hours != 0:
		return &InvalidError{"hours", "the account is counted in days; leave hours out, or choose an account in hours"}
	case req.Hours > 24*float64(len(days)):
		return &InvalidError{"hours", "more hours than the days have; give fewer"}
	}
	for i := range days {
		days[i].Hours = req.Hours / float64(len(days))
	}
	return nil
}

// half is how long half a day can be, in hours, before a leave in hours that names
// no half takes the whole day.
const half = 4.0

func (req *LeaveRequest) fill(firstAccount int) {
	req.Account = cmp.Or(req.Account, firstAccount)
	req.EndsOn = cmp.Or(req.EndsOn, req.StartsOn)
	if req.StartPosition == "" && req.EndPosition == "" && req.Hours > 0 && req.Hours <= half &&
		req.EndsOn == req.StartsOn {
		req.EndPosition = FirstHalfDay
	}
	req.StartPosition = cmp.Or(req.StartPosition, FirstHalfDay)
	req.EndPosition = cmp.Or(req.EndPosition, SecondHalfDay)
	req.Via = cmp.Or(req.Via, V5)
}
