package ews_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/ews"
)

const mailbox = "jean@example.com"

var key = calendars.Key{Source: "acme", Absence: "1234"}

var marker = calendars.Marker{Key: key, Run: 1}

// twoDays is an all-day event on 1 and 2 July 2026 in Paris.
func twoDays() absence.Event {
	return absence.Event{
		Run: 1, Title: "Absent", AllDay: true,
		Start: absence.LocalTime{Date: absence.Date{Year: 2026, Month: 7, Day: 1}},
		End:   absence.LocalTime{Date: absence.Date{Year: 2026, Month: 7, Day: 3}},
		Zone:  "Europe/Paris", Status: absence.Confirmed, ShowAs: absence.OutOfOffice,
	}
}

// morning is an event with hours, before which nobody asks for the mailbox's zone.
func morning() absence.Event {
	event := twoDays()
	event.AllDay, event.Start.Clock = false, 9*60
	event.End = absence.LocalTime{Date: event.Start.Date, Clock: 12 * 60}
	return event
}

// request is one call as the server got it.
type request struct {
	operation string
	version   string
	offset    int
	mailbox   string
	header    http.Header
	body      string
	proto     string
}

// answer is what the server says to it.
type answer struct {
	status int
	header http.Header
	body   string
}

// exchange is a fake EWS endpoint: it records what arrives and says what it is
// told.
type exchange struct {
	mu       sync.Mutex
	requests []request
	respond  func(request) answer
	// zone answers the questions for a mailbox's time zone, which are kept apart.
	// Without it the server does not tell.
	zone  func(request) answer
	zones []request
}

func (e *exchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	got := readRequest(data)
	got.header, got.body, got.proto = r.Header.Clone(), string(data), r.Proto
	a := e.record(got)(got)
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// record keeps a request and returns who answers it.
func (e *exchange) record(got request) func(request) answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	if got.operation != "GetUserAvailabilityRequest" {
		e.requests = append(e.requests, got)
		return e.respond
	}
	e.zones = append(e.zones, got)
	if e.zone == nil {
		return func(request) answer { return availability("Success", "NoError", "") }
	}
	return e.zone
}

func (e *exchange) zoneQuestions() []request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.zones
}

func (e *exchange) seen() []request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.requests
}

func (e *exchange) operations() string {
	var names []string
	for _, r := range e.seen() {
		names = append(names, r.operation)
	}
	return strings.Join(names, " ")
}

func readRequest(data []byte) request {
	var envelope struct {
		Header struct {
			Version struct {
				Version string `xml:",attr"`
			} `xml:"RequestServerVersion"`
			Mailbox string `xml:"ExchangeImpersonation>ConnectingSID>SmtpAddress"`
		}
		Body struct {
			Operation struct {
				XMLName xml.Name
				View    struct {
					Offset int `xml:",attr"`
				} `xml:"IndexedPageItemView"`
			} `xml:",any"`
		}
	}
	_ = xml.Unmarshal(data, &envelope)
	return request{
		operation: envelope.Body.Operation.XMLName.Local, version: envelope.Header.Version.Version,
		offset: envelope.Body.Operation.View.Offset, mailbox: envelope.Header.Mailbox,
	}
}

// open starts a server and a Calendar with Basic sign-in on it.
func open(t testing.TB, respond func(request) answer) (*exchange, *ews.Calendar) {
	t.Helper()
	e := &exchange{respond: respond}
	server := httptest.NewServer(calendartest.InOrder(e))
	t.Cleanup(server.Close)
	c, err := ews.New(ews.Config{
		URL: server.URL + "/EWS/Exchange.asmx", Username: `EX\svc`, Password: "secret",
		Auth: ews.AuthBasic, AllowInsecure: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return e, c
}

const envelopeStart = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">` +
	`<s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="2" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header><s:Body>`

const envelopeEnd = `</s:Body></s:Envelope>`

// message is a response message with HTTP 200.
func message(operation, class, code, inside string) answer {
	return answer{status: 200, body: fmt.Sprintf(envelopeStart+
		`<m:%[1]sResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">`+
		`<m:ResponseMessages><m:%[1]sResponseMessage ResponseClass="%[2]s"><m:MessageText>the mailbox jean@example.com</m:MessageText>`+
		`<m:ResponseCode>%[3]s</m:ResponseCode>%[4]s</m:%[1]sResponseMessage></m:ResponseMessages></m:%[1]sResponse>`+
		envelopeEnd, operation, class, code, inside)}
}

func success(operation, inside string) answer {
	return message(operation, "Success", "NoError", inside)
}

func failure(operation, code string) answer { return message(operation, "Error", code, "") }

// soapFault is a fault with HTTP 500, with the code in its detail.
func soapFault(code, messageXML string) answer {
	return answer{status: 500, body: envelopeStart + `<s:Fault><faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:` + code +
		`</faultcode><faultstring xml:lang="en-US">for jean@example.com</faultstring><detail>` +
		`<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors"> ` + code + "\n</e:ResponseCode>" +
		`<e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">for jean@example.com</e:Message>` +
		messageXML + `</detail></s:Fault>` + envelopeEnd}
}

func item(id, changeKey, key, run string) string {
	property := func(name, value string) string {
		return `<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="` + strings.ToUpper(calendars.PropertySet) +
			`" PropertyName="` + name + `" PropertyType="String"/><t:Value>` + value + `</t:Value></t:ExtendedProperty>`
	}
	properties := ""
	if key != "" {
		properties = property("figgosyncKey", key) + property("figgosyncRun", run)
	}
	return `<t:CalendarItem><t:ItemId Id="` + id + `" ChangeKey="` + changeKey + `"/>` + properties + `</t:CalendarItem>`
}

func items(all ...string) string { return `<m:Items>` + strings.Join(all, "") + `</m:Items>` }

func page(next int, last bool, all ...string) string {
	return fmt.Sprintf(`<m:RootFolder IndexedPagingOffset="%d" TotalItemsInView="9" IncludesLastItemInRange="%t"><t:Items>%s</t:Items></m:RootFolder>`,
		next, last, strings.Join(all, ""))
}

// wellBehaved answers every operation with success.
func wellBehaved(r request) answer {
	switch r.operation {
	case "FindItem":
		return success(r.operation, page(1, true, item("AAA=", "CK1", key.String(), "1:abcd")))
	case "DeleteItem":
		return success(r.operation, "")
	}
	return success(r.operation, items(item("AAA=", "CK2", key.String(), "1:abcd")))
}
