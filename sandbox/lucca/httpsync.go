package lucca

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// halfDayBody is the body of the HTTP synchronization; see
// https://support.lucca.fr/hc/en-us/articles/360007031991. Date-times have no offset;
// an unset one is "", not null. Value is the extra field of leaves in hours, whose
// name that page does not show: it is spelt as in the v3 API.
type halfDayBody struct {
	ID               string         `json:"id"`
	Date             string         `json:"date"`
	IsAM             bool           `json:"isAm"`
	Owner            ownerBody      `json:"owner"`
	LeaveAccount     map[string]any `json:"leaveAccount"`
	Value            string         `json:"value,omitempty"`
	IsConfirmed      bool           `json:"isConfirmed"`
	ConfirmationDate string         `json:"confirmationDate"`
	IsCancelled      bool           `json:"isCancelled"`
	CancellationDate string         `json:"cancellationDate"`
}

type ownerBody struct {
	ID             int    `json:"id"`
	Name           string `json:"name"`
	Email          string `json:"email"`
	EmployeeNumber string `json:"employeeNumber"`
}

// sendHalfDays posts one request per half-day to every target.
func (s *Service) sendHalfDays(l *Leave, event string) {
	if s.silent {
		return
	}
	owner := s.company.employees[l.Employee]
	for _, half := range l.HalfDays() {
		// Marshalling cannot fail: all of it is text, numbers and maps of them.
		body, _ := json.Marshal(halfDayBody{
			ID: halfDayID(l.ID, half), Date: half.Date, IsAM: half.AM,
			Owner: ownerBody{ID: owner.ID, Name: owner.Name(), Email: owner.Email,
				EmployeeNumber: fmt.Sprintf("%05d", owner.ID)},
			LeaveAccount: map[string]any{
				"id": l.Account.ID, "name": l.Account.Name, "categoryId": l.Account.ID, "categoryName": l.Account.Name,
			},
			Value:       clockText(half.Hours),
			IsConfirmed: !l.ConfirmedAt.IsZero(), ConfirmationDate: s.wallClock(l.ConfirmedAt, owner),
			IsCancelled: !l.CancelledAt.IsZero(), CancellationDate: s.wallClock(l.CancelledAt, owner),
		})
		for _, to := range s.sources {
			s.post(to, &delivery{topic: event, leave: l.ID, employee: l.Employee, body: body})
		}
	}
}

// halfDayID is {leave period}-{yyyyMMdd}-{AM|PM}.
func halfDayID(leave int, half HalfDay) string {
	part := "PM"
	if half.AM {
		part = "AM"
	}
	return fmt.Sprintf("%d-%s-%s", leave, strings.ReplaceAll(half.Date, "-", ""), part)
}

// clockText writes hours as HH:MM:SS, and no hours as "".
func clockText(hours float64) string {
	if hours == 0 {
		return ""
	}
	d := time.Duration(hours * float64(time.Hour)).Round(time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// wallClock is the local date-time in the owner's legal entity, without an offset.
func (s *Service) wallClock(t time.Time, owner Employee) string {
	if t.IsZero() {
		return ""
	}
	zone, err := time.LoadLocation(s.company.entities[owner.LegalEntity].Zone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2006-01-02T15:04:05.000")
}
