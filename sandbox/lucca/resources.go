package lucca

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// instant is a date-time as v5 writes it: UTC, milliseconds.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// reference points at another resource.
type reference struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	URL  string `json:"url"`
}

type link struct {
	Href string `json:"href"`
}

func (s *Service) url(collection, id string) string {
	return s.cfg.Host + "/lucca-api/" + collection + "/" + id
}

func (s *Service) refer(kind string, id int) reference {
	text := strconv.Itoa(id)
	return reference{ID: text, Type: kind, URL: s.url(kind+"s", text)}
}

// duration is written as .NET writes a time span, half a day being 12 hours; value
// is a number of the unit.
type duration struct {
	ISO   string  `json:"iso"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

func newDuration(value float64, unit Unit) duration {
	if unit == WorkingHours {
		return duration{ISO: isoHours(value), Value: math.Round(value*100) / 100, Unit: "hours"}
	}
	return duration{ISO: isoHours(value * 24), Value: value, Unit: "days"}
}

// isoHours writes hours as an ISO 8601 duration: P1D, PT12H, P2DT12H, PT3H30M.
func isoHours(hours float64) string {
	minutes := int(math.Round(hours * 60))
	var b strings.Builder
	b.WriteString("P")
	if days := minutes / (24 * 60); days > 0 {
		fmt.Fprintf(&b, "%dD", days)
	}
	if minutes %= 24 * 60; minutes > 0 {
		b.WriteString("T")
		if minutes >= 60 {
			fmt.Fprintf(&b, "%dH", minutes/60)
		}
		if minutes%60 > 0 {
			fmt.Fprintf(&b, "%dM", minutes%60)
		}
	}
	if b.Len() == 1 {
		return "PT0S"
	}
	return b.String()
}

type leaveResource struct {
	ID            string           `json:"id"`
	Type          string           `json:"type"`
	URL           string           `json:"url"`
	StartsOn      string           `json:"startsOn"`
	StartPosition Position         `json:"startPosition"`
	EndsOn        string           `json:"endsOn"`
	EndPosition   Position         `json:"endPosition"`
	Employee      reference        `json:"employee"`
	LeaveAccount  reference        `json:"leaveAccount"`
	Days          []dayResource    `json:"days"`
	TotalDuration duration         `json:"totalDuration"`
	Status        Status           `json:"status"`
	Details       *struct{}        `json:"details"`
	CreatedAt     string           `json:"createdAt"`
	LastUpdatedAt string           `json:"lastUpdatedAt"`
	Links         map[string]*link `json:"links"`
}

type dayResource struct {
	Date     string   `json:"date"`
	Range    Position `json:"range"`
	Duration duration `json:"duration"`
}

func (s *Service) leaveResource(l *Leave) any {
	resource := leaveResource{
		ID: strconv.Itoa(l.ID), Type: "leave", URL: s.url("leaves", strconv.Itoa(l.ID)),
		StartsOn: l.StartsOn, StartPosition: l.StartPosition, EndsOn: l.EndsOn, EndPosition: l.EndPosition,
		Employee: s.refer("employee", l.Employee), LeaveAccount: s.refer("leave-account", l.Account.ID),
		Days: make([]dayResource, len(l.Days)), Status: l.Status,
		CreatedAt: instant(l.CreatedAt), LastUpdatedAt: instant(l.LastUpdatedAt),
		Links: s.leaveLinks(l),
	}
	total := 0.0
	for i, day := range l.Days {
		amount := day.Hours
		if l.Account.Unit != WorkingHours {
			amount = lengthOf(day.Range)
		}
		resource.Days[i] = dayResource{Date: day.Date, Range: day.Range, Duration: newDuration(amount, l.Account.Unit)}
		total += amount
	}
	resource.TotalDuration = newDuration(total, l.Account.Unit)
	return resource
}

func lengthOf(part Position) float64 {
	if part == AllDay {
		return 1
	}
	return 0.5
}

func (s *Service) leaveLinks(l *Leave) map[string]*link {
	request := strconv.Itoa(requestID(l.ID))
	links := map[string]*link{"leaveRequest": {Href: s.url("leave-requests", request)}, "approve": nil, "deny": nil}
	if l.Status == Tentative {
		decisions := &link{Href: s.cfg.Host + "/lucca-api/leave-request-decisions"}
		links["approve"], links["deny"] = decisions, decisions
	}
	return links
}

// requestID is the id of a leave's request: never the leave's own, so that a
// client mixing them up is found out.
func requestID(leave int) int { return leave + 100_000 }

func (s *Service) leaveRequestResource(l *Leave) any {
	id := requestID(l.ID)
	status := map[Status]string{Tentative: "pending", Confirmed: "approved", Cancelled: "rejected"}[l.Status]
	links := s.leaveLinks(l)
	delete(links, "leaveRequest")
	return map[string]any{
		"id": strconv.Itoa(id), "type": "leave-request", "url": s.url("leave-requests", strconv.Itoa(id)),
		"status": status, "employee": s.refer("employee", l.Employee), "leaves": []reference{s.refer("leave", l.ID)},
		"expectedApprover": nil, "createdAt": instant(l.CreatedAt), "lastUpdatedAt": instant(l.LastUpdatedAt),
		"links": links,
	}
}

func (s *Service) decisionResource(l *Leave, id int) any {
	request := strconv.Itoa(requestID(l.ID))
	return map[string]any{
		"id": strconv.Itoa(id), "type": "leave-request-approval-decision",
		"url":          s.url("leave-request-decisions", strconv.Itoa(id)),
		"leaveRequest": reference{ID: request, Type: "leave-request", URL: s.url("leave-requests", request)},
		"comment":      nil, "createdAt": instant(l.LastUpdatedAt),
	}
}
