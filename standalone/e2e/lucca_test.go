package e2e_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/sandbox"
)

// documentedEvent is an event as Lucca documents it
// (developers.lucca.fr/api-reference/latest/events/event).
const documentedEvent = `{
  "id": "9001", "type": "event",
  "url": "https://acme.ilucca.net/lucca-api/events/9001",
  "apiVersion": "2024-11-01",
  "topic": "leave.updated",
  "occurredAt": "2026-02-01T09:34:23.001Z",
  "source": "https://acme.ilucca.net",
  "businessEstablishment": {"id": "12", "type": "business-establishment", "url": "https://acme.ilucca.net/lucca-api/business-establishments/12"},
  "data": {
    "id": "8750", "type": "leave", "url": "https://acme.ilucca.net/lucca-api/leaves/8750",
    "startsOn": "2026-02-02", "startPosition": "firstHalfDay",
    "endsOn":   "2026-02-03", "endPosition":   "secondHalfDay",
    "employee":     {"id": "416", "type": "employee", "url": "https://acme.ilucca.net/lucca-api/employees/416"},
    "leaveAccount": {"id": "56", "type": "leave-account", "url": "https://acme.ilucca.net/lucca-api/leave-accounts/56"},
    "days": [
      {"date": "2026-02-02", "range": "allDay", "duration": {"iso": "P1D", "value": 1, "unit": "days"}},
      {"date": "2026-02-03", "range": "allDay", "duration": {"iso": "P1D", "value": 1, "unit": "days"}}
    ],
    "totalDuration": {"iso": "P2D", "value": 2, "unit": "days"},
    "status": "confirmed", "details": null,
    "createdAt": "2026-01-01T08:23:56.234Z", "lastUpdatedAt": "2026-02-01T09:34:23.001Z"
  },
  "previousAttributes": {"status": "tentative"},
  "links": {"retry": {"href": "https://acme.ilucca.net/lucca-api/webhook-deliveries"}}
}`

// documentedHalfDay is a post of the HTTP synchronization as Lucca documents it
// (support.lucca.fr/hc/en-us/articles/360007031991).
const documentedHalfDay = `{"id":"78287-20260424-PM","date":"2026-04-24","isAm":false,
 "owner":{"id":134,"name":"Jane Doe","email":"jane.doe@example.com","employeeNumber":"00001"},
 "leaveAccount":{"id":1718,"name":"Paid leave 2026","categoryId":1,"categoryName":"Paid leave"},
 "isConfirmed":true,"confirmationDate":"2026-04-04T22:34:47.797","isCancelled":false,"cancellationDate":""}`

// Secrets no body here is without, to be looked for where they must not be.
const (
	healthDetail = "frenchOrdinarySickness"
	comment      = "opération du genou"
)

// leave is a v5 leave to announce.
type leave struct {
	id         string
	who        person
	start, end string // both inclusive
	startPart  string // position, firstHalfDay when empty
	endPart    string // secondHalfDay when empty
	days       []leaveDay
	account    string // the leave account's id, that of paid leave when empty
	// edits orders its states: each adds a minute to when it was last updated.
	edits int
}

type leaveDay struct {
	Date     string   `json:"date"`
	Range    string   `json:"range"`
	Duration duration `json:"duration"`
}

type duration struct {
	ISO   string  `json:"iso"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// wholeDays are the days[] of dates that are wholly taken.
func wholeDays(dates ...string) []leaveDay {
	var all []leaveDay
	for _, date := range dates {
		all = append(all, leaveDay{date, "allDay", duration{"P1D", 1, "days"}})
	}
	return all
}

// oneDay is a leave of one whole day.
func oneDay(who person, date string) leave {
	return leave{id: absenceID(), who: who, start: date, end: date, days: wholeDays(date)}
}

// The states of a leave.
const (
	tentative = "tentative"
	confirmed = "confirmed"
	cancelled = "cancelled"
)

// created, approved, cancelled and deleted are the events of a leave's life, a
// minute after one another; the approval is as old as Lucca's sample.
func (l leave) created() []byte   { return l.event("leave.created", tentative, 33) }
func (l leave) approved() []byte  { return l.event("leave.updated", confirmed, 34) }
func (l leave) cancelled() []byte { return l.event("leave.updated", cancelled, 35) }
func (l leave) deleted() []byte   { return l.event("leave.deleted", confirmed, 36) }

// edited is the approved leave after one more change.
func (l leave) edited() []byte { return l.event("leave.updated", confirmed, 40+l.edits) }

func (l leave) event(topic, status string, minute int) []byte {
	body := object(documentedEvent)
	at := time.Date(2026, 2, 1, 9, minute, 23, 1e6, time.UTC).Format(time.RFC3339Nano)
	body["id"], body["topic"], body["occurredAt"] = fmt.Sprintf("%s-%d", l.id, minute), topic, at
	data := body["data"].(map[string]any)
	data["id"], data["status"], data["lastUpdatedAt"] = l.id, status, at
	data["startsOn"], data["endsOn"], data["days"] = l.start, l.end, l.days
	data["startPosition"], data["endPosition"] = or(l.startPart, "firstHalfDay"), or(l.endPart, "secondHalfDay")
	data["employee"] = map[string]string{"id": l.who.id, "type": "employee"}
	data["leaveAccount"] = map[string]string{"id": or(l.account, "56"), "type": "leave-account"}
	data["details"] = map[string]string{"nature": healthDetail}
	data["comment"] = comment
	delete(data, "totalDuration")
	body["businessEstablishment"] = map[string]string{"id": l.who.legalEntity, "type": "business-establishment"}
	return encode(body)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// halfDay is one post of the HTTP synchronization.
type halfDay struct {
	period, date, part string // part is AM or PM
	owner              int
	email              string
}

func (h halfDay) post(event string) []byte {
	body := object(documentedHalfDay)
	body["id"] = fmt.Sprintf("%s-%s-%s", h.period, strings.ReplaceAll(h.date, "-", ""), h.part)
	body["date"], body["isAm"], body["comment"] = h.date, h.part == "AM", comment
	body["owner"] = map[string]any{"id": h.owner, "name": "Jane Doe", "email": h.email, "employeeNumber": "00001"}
	body["isConfirmed"], body["confirmationDate"] = event != "created", ""
	if event != "created" {
		body["confirmationDate"] = "2026-04-04T22:34:47.797"
	}
	if event == "deleted" {
		body["isCancelled"], body["cancellationDate"] = true, "2026-04-05T08:00:00.000"
	}
	return encode(body)
}

func object(text string) map[string]any {
	var body map[string]any
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		panic(err) // the samples above
	}
	return body
}

func encode(body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // made of texts, numbers and maps of them
	}
	return text
}

// atOnce is how many deliveries Lucca has under way to one receiver
// (developers.luccasoftware.com/documentation/limits).
const atOnce = 3

// Send posts a v5 event until it is accepted.
func (p *Product) Send(t *testing.T, body []byte) {
	t.Helper()
	if err := p.TrySend(body); err != nil {
		t.Fatal(err)
	}
}

// TrySend is Send for other goroutines than the test's.
func (p *Product) TrySend(body []byte) error {
	return p.deliver("/webhooks/lucca/demo", body, func(header http.Header) {
		timestamp := time.Now().UTC().Format("2006-01-02T15:04:05Z")
		header.Set("Lucca-Timestamp", timestamp)
		header.Set("Lucca-Signature", signature(sandbox.DemoWebhookSecret, timestamp, body))
	})
}

// signature is made as Lucca documents it
// (developers.lucca.fr/documentation/webhooks/catching/validate).
func signature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Post posts one half-day of the HTTP synchronization until it is accepted.
func (p *Product) Post(t *testing.T, event string, body []byte) {
	t.Helper()
	err := p.deliver("/webhooks/figgo/demo", body, func(header http.Header) {
		header.Set("Authorization", sandbox.DemoHTTPSynchronizationKey)
		header.Set("X-Version", "1.0")
		header.Set("X-Resource-Type", "leave")
		header.Set("X-Event", event)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// deliver posts as Lucca does: a few at once, and again after 503, which is what
// the product answers when this machine is too busy for it. Any other answer than
// 202 is an error.
func (p *Product) deliver(path string, body []byte, dress func(http.Header)) error {
	p.posting <- struct{}{}
	defer func() { <-p.posting }()
	for deadline := time.Now().Add(timeout); ; time.Sleep(200 * time.Millisecond) {
		request, err := http.NewRequest(http.MethodPost, p.URL(path), bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		dress(request.Header)
		err = call(request, http.StatusAccepted, nil)
		if refused := (*statusError)(nil); !errors.As(err, &refused) || refused.status != http.StatusServiceUnavailable || time.Now().After(deadline) {
			return err
		}
	}
}
