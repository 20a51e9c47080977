package absence

import (
	"fmt"
	"time"
)

// Date is a civil date: a day on the wall calendar, in no time zone.
// The zero Date is no date; IsZero tells.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// dateLayout is how a Date is written everywhere: ISO 8601, year first.
const dateLayout = "2006-01-02"

// ParseDate reads a date written YYYY-MM-DD. It refuses days that do not exist,
// such as 2026-02-29.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date: write it as YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// DateOf returns the civil date that t shows in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// midnight is the date as a UTC instant, for arithmetic only: UTC has no
// summer time, so adding days to it never skips or repeats one.
func (d Date) midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// AddDays returns the date n days later (earlier when n is negative).
func (d Date) AddDays(n int) Date { return DateOf(d.midnight().AddDate(0, 0, n)) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// DaysUntil returns how many days other lies after d; negative when before.
func (d Date) DaysUntil(other Date) int {
	// Seconds, not time.Sub: a Duration ends at 292 years.
	return int((other.midnight().Unix() - d.midnight().Unix()) / (24 * 60 * 60))
}

// Compare returns -1, 0 or +1 as d is before, equal to or after other.
func (d Date) Compare(other Date) int { return d.midnight().Compare(other.midnight()) }

// Before tells whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// IsZero tells whether d is no date at all.
func (d Date) IsZero() bool { return d == Date{} }

// isReal tells whether the date exists and can be written with four digits of
// year, the exclusive end of an event on that day included.
func (d Date) isReal() bool {
	return d.Year >= 1 && d.Year <= 9998 && DateOf(d.midnight()) == d
}

// isWeekend tells whether the date is a Saturday or a Sunday.
func (d Date) isWeekend() bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}

// String writes the date as YYYY-MM-DD, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight().Format(dateLayout)
}

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads; empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
