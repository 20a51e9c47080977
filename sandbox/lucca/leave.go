package lucca

import (
	"errors"
	"time"
)

// Status is a leave's status, as the v5 API spells it.
type Status string

// The statuses of a leave.
const (
	Tentative Status = "tentative"
	Confirmed Status = "confirmed"
	Cancelled Status = "cancelled"
)

// Position is a half of a day; it also says what part of a day is on leave.
type Position string

// The halves of a day, and the whole.
const (
	FirstHalfDay  Position = "firstHalfDay"
	SecondHalfDay Position = "secondHalfDay"
	AllDay        Position = "allDay"
)

// Generation is the kind of webhook that announces a leave.
type Generation string

// The two kinds of webhooks.
const (
	V5   Generation = "v5"
	HTTP Generation = "http"
)

// Errors of Request, Move, Approve, Cancel, Delete and Withdraw.
var (
	ErrNoLeave    = errors.New("no such leave")
	ErrWrongState = errors.New("the leave's status does not allow it")
)

// InvalidError tells which field of a LeaveRequest is wrong, and why.
type InvalidError struct{ Field, Message string }

func (e *InvalidError) Error() string { return e.Field + ": " + e.Message }

// LeaveRequest is what an employee enters. Both dates (YYYY-MM-DD) are inclusive.
type LeaveRequest struct {
	Employee int
	// Account is a leave account's id; 0 is the first one.
	Account       int
	StartsOn      string
	StartPosition Position // empty: first half
	EndsOn        string   // empty: the same day
	EndPosition   Position // empty: second half
	// Hours is the whole amount; only, and always, for an account in hours.
	Hours float64
	// Confirmed skips the approval.
	Confirmed bool
	Via       Generation // empty: V5
}

// Leave is one absence as the account keeps it.
type Leave struct {
	ID            int
	Employee      int
	Account       Account
	StartsOn      string
	StartPosition Position
	EndsOn        string
	EndPosition   Position
	// Days are the days on leave: no Saturday, no Sunday.
	Days []Day
	// Hours is the whole amount of a leave counted in hours, else 0.
	Hours  float64
	Status Status
	Via    Generation
	// Deleted leaves are no more in the v5 API.
	Deleted       bool
	CreatedAt     time.Time
	LastUpdatedAt time.Time
	ConfirmedAt   time.Time // zero until confirmed
	CancelledAt   time.Time // zero until cancelled or deleted
}

// Day is one day of a leave.
type Day struct {
	Date  string
	Range Position
	// Hours is the day's amount for a leave counted in hours, else 0.
	Hours float64
}

// HalfDay is the unit of the v3 API and of the HTTP synchronization.
type HalfDay struct {
	Date string
	AM   bool
	// Hours is the half-day's amount for a leave counted in hours, else 0.
	Hours float64
}

// HalfDays splits the leave's days.
func (l *Leave) HalfDays() []HalfDay {
	var halves []HalfDay
	for _, day := range l.Days {
		hours := day.Hours
		if day.Range == AllDay {
			hours /= 2
		}
		if day.Range != SecondHalfDay {
			halves = append(halves, HalfDay{Date: day.Date, AM: true, Hours: hours})
		}
		if day.Range != FirstHalfDay {
			halves = append(halves, HalfDay{Date: day.Date, Hours: hours})
		}
	}
	return halves
}

// touch moves LastUpdatedAt to now, always forward, so that events can be put in
// order by it.
func (l *Leave) touch(now time.Time) {
	if !now.After(l.LastUpdatedAt) {
		now = l.LastUpdatedAt.Add(time.Millisecond)
	}
	l.LastUpdatedAt = now
}
