package ews_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	sandbox "github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// TestConformance runs the suite of all adapters against imitations of two
// Exchange servers, over NTLM: today's, and the oldest we write to.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, build := range []sandbox.Build{sandbox.ServerSE, sandbox.Server2010SP2} {
		t.Run(string(build), func(t *testing.T) {
			if testing.Short() && build != sandbox.ServerSE {
				t.Skip("with -short the suite runs against today's server only")
			}
			calendartest.Run(t, func(t *testing.T) calendartest.Harness { return newPremises(t, build).harness(t) })
		})
	}
}

// TestConformanceUnderChaos writes, changes and deletes many absences at once while every third request
// meets a fault.
func TestConformanceUnderChaos(t *testing.T) {
	t.Parallel()
	calendartest.Chaos(t, func(t *testing.T) calendartest.Harness { return newPremises(t, sandbox.ServerSE).harness(t) })
}

const (
	conformPassword = "conformance-pässword"
	deniedMailbox   = "boss@example.com"
)

// premises is one company's Exchange server.
type premises struct {
	build   sandbox.Build
	store   *mailboxes.Store
	service *sandbox.Service
	proxy   *calendartest.Proxy
	url     string
	// backDoor is the same mailboxes behind Basic authentication and no proxy,
	// for those who are not under test.
	backDoor string
}

func newPremises(t *testing.T, build sandbox.Build) *premises {
	t.Helper()
	p := &premises{build: build, store: mailboxes.New()}
	accounts := []sandbox.Account{
		{Domain: "EX", Username: "svc-figgosync", Password: conformPassword, Impersonate: true, Scope: func(email string) bool { return email != deniedMailbox }},
		{Domain: "EX", Username: "svc-stranger", Password: conformPassword},
		{Domain: "EX", Username: "svc-calendars", Password: conformPassword, Impersonate: true, NoAutoReplies: true},
	}
	p.service = sandbox.New(p.store, sandbox.Config{Accounts: accounts, Build: build, CloseEvery: 7})
	p.proxy = calendartest.NewProxy(p.service.Handler())
	p.proxy.Observe = func(_ *http.Request, body []byte) { capture(body) }
	t.Cleanup(p.proxy.Close)
	p.url = startExchange(t, p.proxy)
	p.backDoor = startExchange(t, sandbox.New(p.store, sandbox.Config{Accounts: accounts, Build: build, Schemes: []string{sandbox.Basic}}).Handler())
	p.add("marie.o'neil@example.com", "Europe/Paris")
	p.add(deniedMailbox, "Europe/Paris")
	p.store.Add(mailboxes.Mailbox{Email: "cloud@example.com", System: mailboxes.Graph, Zone: "Europe/Paris"})
	return p
}

func startExchange(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnContext = sandbox.ConnContext
	server.Start()
	t.Cleanup(server.Close)
	return server.URL + sandbox.Path
}

func (p *premises) add(address, zone string) {
	p.store.Add(mailboxes.Mailbox{Email: address, Name: "Somebody", System: mailboxes.Exchange, Zone: zone})
}

func (p *premises) open(t testing.TB, username, password string, timeout time.Duration) calendars.Calendar {
	t.Helper()
	c, err := ews.New(ews.Config{URL: p.url, Username: username, Password: password, AllowInsecure: true, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func (p *premises) harness(t *testing.T) calendartest.Harness {
	open := func(t testing.TB, timeout time.Duration) calendars.Calendar {
		return p.open(t, `EX\svc-figgosync`, conformPassword, timeout)
	}
	return calendartest.Harness{
		Provider: calendars.Exchange + calendars.Provider(" "+p.build), Calendar: open(t, 0), Mailbox: "marie.o'neil@example.com", Zone: "Europe/Paris",
		AddMailbox:  p.add,
		TellsTwins:  true,
		Complete:    true,
		TellsScopes: true,
		NotOffered: map[string]string{
			calendartest.Colour: "Outlook gives colours to categories",
		},
		SayGone:  calendartest.SayGoneBy(p.proxy, writesToOne, calendartest.Answer{Status: http.StatusInternalServerError, Header: xmlMedia, Body: fault("ErrorItemNotFound")}),
		Refusals: refusals(),
		Missing:  []string{"nobody@example.com", "cloud@example.com"},
		Denied:   deniedMailbox,
		WrongCredentials: func(t testing.TB) calendars.Calendar {
			return p.open(t, `EX\svc-figgosync`, "not "+conformPassword, 0)
		},
		NoConsent:  func(t testing.TB) calendars.Calendar { return p.open(t, `EX\svc-stranger`, conformPassword, 0) },
		NoReplies:  func(t testing.TB) calendars.Calendar { return p.open(t, `EX\svc-calendars`, conformPassword, 0) },
		OwnReplies: calendartest.HTMLReplies("de-DE"),
		Views:      p.views,
		Details:    p.details,
		ShowAs:     p.word,
		Telework:   map[sandbox.Build]string{sandbox.Server2010SP2: "Free"}[p.build],
		Status: func(e absence.Event) string {
			if e.ShowAs == absence.Tentative {
				return "tentative"
			}
			return "confirmed" // Exchange has no word of its own for it
		},
		Person:   p.person(),
		Proxy:    p.proxy,
		Open:     open,
		NoEvents: calendartest.Answer{Status: http.StatusOK, Header: xmlMedia, Body: fmt.Sprintf(envelopeOf, noEvents)},
		Throttled: func(wait time.Duration) calendartest.Answer {
			return calendartest.Answer{Status: http.StatusInternalServerError, Header: xmlMedia, Body: fmt.Sprintf(envelopeOf, fmt.Sprintf(serverBusy, wait.Milliseconds()))}
		},
	}
}

var xmlMedia = map[string]string{"Content-Type": "text/xml; charset=utf-8"}

const (
	envelopeOf = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body>%s</s:Body></s:Envelope>`
	noEvents = `<m:FindItemResponse><m:ResponseMessages><m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
		`<m:RootFolder IndexedPagingOffset="0" TotalItemsInView="0" IncludesLastItemInRange="true"><t:Items/></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse>`
	// learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
	serverBusy = `<s:Fault><faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:ErrorServerBusy</faultcode>` +
		`<faultstring xml:lang="en-US">The server cannot service this request right now. Try again later.</faultstring>` +
		`<detail><e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">ErrorServerBusy</e:ResponseCode>` +
		`<t:MessageXml><t:Value Name="BackOffMilliseconds">%d</t:Value></t:MessageXml></detail></s:Fault>`
)

// writesToOne chooses the requests that change or delete one event.
func writesToOne(r *http.Request) bool {
	return calendartest.BodyContains("<m:UpdateItem ")(r) || calendartest.BodyContains("<m:DeleteItem ")(r)
}

func fault(code string) string {
	return fmt.Sprintf(envelopeOf, `<s:Fault><faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:`+code+
		`</faultcode><faultstring>refused</faultstring></s:Fault>`)
}

// refusals are answers about one mailbox that may as well concern everybody.
func refusals() []calendartest.Refusal {
	about := func(mailbox string) calendartest.Match {
		return func(r *http.Request) bool { return r.Header.Get("X-AnchorMailbox") == mailbox }
	}
	return []calendartest.Refusal{
		{Name: "403", Reason: calendars.AccessDenied, AtFirst: calendars.ConsentMissing, For: about, Answer: calendartest.Answer{Status: http.StatusForbidden}},
		{Name: "404 of a proxy", Reason: calendars.ServerUnreachable, For: about, Answer: calendartest.Answer{Status: http.StatusNotFound}},
		{Name: "redirect to another server", Reason: calendars.ServerUnreachable, For: about,
			Answer: calendartest.Answer{Status: http.StatusTemporaryRedirect, Header: map[string]string{"Location": "https://elsewhere.example.com/"}}},
		{Name: "ErrorImpersonationFailed", Reason: calendars.AccessDenied, AtFirst: calendars.ConsentMissing, For: about,
			Answer: calendartest.Answer{Status: http.StatusInternalServerError, Header: xmlMedia, Body: fault("ErrorImpersonationFailed")}},
	}
}

// word: WorkingElsewhere came with Exchange 2013.
func (p *premises) word(show absence.ShowAs) string {
	if show == absence.Elsewhere && p.build == sandbox.Server2010SP2 {
		return "Busy"
	}
	return map[absence.ShowAs]string{
		absence.Free: "Free", absence.Tentative: "Tentative", absence.Busy: "Busy", absence.OutOfOffice: "OOF", absence.Elsewhere: "WorkingElsewhere",
	}[show]
}

func (p *premises) views(t testing.TB, mailbox string) []calendartest.View {
	t.Helper()
	seen, err := p.store.Views(mailbox)
	if err != nil {
		t.Fatal(err)
	}
	var views []calendartest.View
	for _, v := range seen {
		views = append(views, calendartest.View{
			Title: v.Subject, Start: v.Start, End: v.End, AllDay: v.AllDay, Zone: v.TimeZone,
			ShowAs: v.ShowAs, Status: v.Status, Private: v.Private, Marked: v.Marked,
		})
	}
	return views
}

// person acts as the mailbox's owner does in Outlook.
func (p *premises) person() calendartest.Person {
	act := func(do func(mailbox, id string) error) func(testing.TB, string, string) {
		return func(t testing.TB, mailbox, id string) {
			t.Helper()
			if err := do(mailbox, id); err != nil {
				t.Error(err)
			}
		}
	}
	reply, setReply := calendartest.Replies(p.store.Reply, p.store.SetReply)
	return calendartest.Person{
		Reply: reply, SetReply: setReply,
		Create: func(t testing.TB, mailbox, title, day string) {
			t.Helper()
			p.ask(t, mailbox, fmt.Sprintf(`<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem><t:Subject>%s</t:Subject>`+
				`<t:Start>%sT12:00:00Z</t:Start><t:End>%sT13:00:00Z</t:End></t:CalendarItem></m:Items></m:CreateItem>`, title, day, day))
		},
		Edit: act(func(mailbox, id string) error {
			return p.service.OwnerEdit(mailbox, id, mailboxes.Edit{
				Subject: new("Mine"), ShowAs: new("Free"), Private: new(true), Location: new("Home"), Days: 1, Shift: 90 * time.Minute,
			})
		}),
		Bin: act(p.service.OwnerDelete),
		Move: act(func(mailbox, id string) error {
			_, err := p.service.UserMove(mailbox, id)
			return err
		}),
		SetRun: p.setRun,
		Duplicate: act(func(mailbox, id string) error {
			_, err := p.service.OwnerCopy(mailbox, id, "2027-03-01", "2027-03-03")
			return err
		}),
		Annotate: act(func(mailbox, id string) error {
			return p.service.OwnerEdit(mailbox, id, mailboxes.Edit{
				Body: new("Bring the keys"), Location: new("Home"), Categories: &[]string{"Blue category"}, Reminder: new(25),
				Attachments: &[]string{"plan.pdf"}, Attendees: &[]string{"boss@example.com"},
			})
		}),
		Annotations: p.annotations,
	}
}

func (p *premises) annotations(t testing.TB, mailbox, id string) calendartest.Annotations {
	t.Helper()
	seen, err := p.store.Event(mailbox, id)
	if err != nil {
		t.Fatal(err)
	}
	a := calendartest.Annotations{
		calendartest.Notes: seen.Body, calendartest.Location: seen.Location, calendartest.Categories: strings.Join(seen.Categories, ", "),
		calendartest.Attachments: strings.Join(seen.Attachments, ", "), calendartest.Attendees: strings.Join(seen.Attendees, ", "),
	}
	if seen.Reminder != nil {
		a[calendartest.Reminder] = fmt.Sprintf("%d minutes", *seen.Reminder)
	}
	return a
}

func (p *premises) setRun(t testing.TB, mailbox, id, value string) {
	t.Helper()
	item := p.ask(t, mailbox, fmt.Sprintf(`<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>`+
		`<m:ItemIds><t:ItemId Id=%q/></m:ItemIds></m:GetItem>`, id))
	const property = `<t:ExtendedFieldURI PropertySetId="7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21" PropertyName="figgosyncRun" PropertyType="String"/>`
	p.ask(t, mailbox, fmt.Sprintf(`<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone">`+
		`<m:ItemChanges><t:ItemChange><t:ItemId Id=%q ChangeKey=%q/><t:Updates><t:SetItemField>%s<t:CalendarItem><t:ExtendedProperty>%s<t:Value>%s</t:Value></t:ExtendedProperty>`+
		`</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`, id, item.Items[0].ID.ChangeKey, property, property, value))
}

// details reads the mailbox as any other client of Exchange does.
func (p *premises) details(t testing.TB, mailbox string) []calendartest.Detail {
	t.Helper()
	list := p.ask(t, mailbox, `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>`+
		`<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>`)
	var details []calendartest.Detail
	for _, found := range list.Items {
		whole := p.ask(t, mailbox, fmt.Sprintf(`<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>`+
			`<m:ItemIds><t:ItemId Id=%q/></m:ItemIds></m:GetItem>`, found.ID.ID))
		item := whole.Items[0]
		details = append(details, calendartest.Detail{
			Title: item.Subject, Reminder: item.Reminder, Body: item.Body, Attendees: len(item.Required) + len(item.Optional) + len(item.Resources),
		})
	}
	return details
}

// backAnswer is an answer through the back door, with all calendar items in it.
type backAnswer struct {
	Code  string
	Items []backItem
}

type backItem struct {
	ID struct {
		ID        string `xml:"Id,attr"`
		ChangeKey string `xml:"ChangeKey,attr"`
	} `xml:"ItemId"`
	Subject   string     `xml:"Subject"`
	Body      string     `xml:"Body"`
	Reminder  bool       `xml:"ReminderIsSet"`
	Required  []struct{} `xml:"RequiredAttendees>Attendee"`
	Optional  []struct{} `xml:"OptionalAttendees>Attendee"`
	Resources []struct{} `xml:"Resources>Attendee"`
}

// ask does an operation as the mailbox's owner, through the back door.
func (p *premises) ask(t testing.TB, mailbox, operation string) backAnswer {
	t.Helper()
	text := `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">` +
		`<soap:Header><t:RequestServerVersion Version="Exchange2010_SP2"/><t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>` +
		strings.ReplaceAll(mailbox, "&", "&amp;") + `</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></soap:Header>` +
		`<soap:Body>` + operation + `</soap:Body></soap:Envelope>`
	request, err := http.NewRequest(http.MethodPost, p.backDoor, bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	request.Header.Set("X-AnchorMailbox", mailbox)
	request.SetBasicAuth(`EX\svc-figgosync`, conformPassword)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer := readBackAnswer(t, xml.NewDecoder(response.Body))
	if response.StatusCode != http.StatusOK || answer.Code != "NoError" {
		t.Fatalf("HTTP %d, %s, to: %s", response.StatusCode, answer.Code, operation)
	}
	return answer
}

func readBackAnswer(t testing.TB, decoder *xml.Decoder) backAnswer {
	t.Helper()
	var answer backAnswer
	for {
		token, _ := decoder.Token()
		if token == nil {
			return answer
		}
		start, ok := token.(xml.StartElement)
		var err error
		switch {
		case ok && start.Name.Local == "ResponseCode":
			err = decoder.DecodeElement(&answer.Code, &start)
		case ok && start.Name.Local == "CalendarItem":
			var item backItem
			err = decoder.DecodeElement(&item, &start)
			answer.Items = append(answer.Items, item)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Rules of a policy are shown as the system of its name shows them.
func init() { calendars.Register(ews.System) }
