package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// employees is how many people the company has besides those of the demo.
const employees = 60

// world is what is outside of figgosync: the sandbox, and the wire between Lucca and
// figgosync.
type world struct {
	*command.Sandbox
	deliveries *deliveries
	log        *slog.Logger
	people     []int // employees' ids

	mu sync.Mutex
	// notes, copies and own are what owners wrote, copied and entered, by mailbox and event.
	notes, copies, own map[string]map[string]string
	// former are the addresses that somebody had before, by employee; their mailboxes stay.
	former map[int][]string
	// cleared are legal entities on Office 365 that were cleared. There a copy of an event that
	// was never changed is taken for the event once that is gone (docs/adr/0002).
	cleared map[int]bool
	// moved are absences as they were before they were moved.
	moved map[int][]lucca.Leave
}

func newWorld(seed uint64, log *slog.Logger) (*world, error) {
	d, err := newDeliveries(seed, log)
	if err != nil {
		return nil, err
	}
	box, err := command.StartSandbox("127.0.0.1:0", d.url, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	w := &world{Sandbox: box, deliveries: d, log: log, former: map[int][]string{}, moved: map[int][]lucca.Leave{},
		cleared: map[int]bool{},
		notes:   map[string]map[string]string{}, copies: map[string]map[string]string{},
		own: map[string]map[string]string{}}
	company := map[string]any{"legalEntities": 3, "employees": employees, "absencesPerEmployee": 0, "seed": seed}
	if status := w.desk(http.MethodPost, "/sandbox/company", company, nil); status != http.StatusCreated {
		return nil, errors.Join(fmt.Errorf("the company was not made: the sandbox answered %d", status), w.close())
	}
	for _, one := range box.Lucca().Employees() {
		if one.Email != "" && one.ID >= 1000 {
			w.people = append(w.people, one.ID)
		}
	}
	w.furnish()
	return w, nil
}

func (w *world) close() error {
	w.Sandbox.Close()
	return w.deliveries.close()
}

// act does one operation; false when there is nothing to do it with.
func (w *world) act(s step) bool {
	switch s.kind {
	case request:
		_, err := w.Lucca().Request(w.newRequest(s))
		return err == nil
	case approve:
		return w.onLeave(s, w.Lucca().Approve, lucca.Tentative)
	case withdraw:
		return w.onLeave(s, w.Lucca().Withdraw, lucca.Tentative, lucca.Confirmed)
	case refuse:
		return w.onLeave(s, w.Lucca().Cancel, lucca.Tentative)
	case move:
		return w.onLeave(s, func(id int) (lucca.Leave, error) { return w.moveLeave(id, w.newRequest(s)) },
			lucca.Tentative, lucca.Confirmed)
	case relocate:
		return w.relocate(s)
	case readdress:
		return w.readdress(s)
	case equip:
		return w.equip(s)
	case annotate:
		return w.onEvent(s, w.annotate)
	case duplicate:
		return w.onEvent(s, w.copy)
	}
	return false
}

func (w *world) moveLeave(id int, to lucca.LeaveRequest) (lucca.Leave, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, err := w.Lucca().Leave(id)
	if err != nil {
		return before, err
	}
	w.moved[id] = append(w.moved[id], before)
	return w.Lucca().Move(id, to)
}

// newRequest is a day, some days, or halves of days, on weekdays of the year to come.
func (w *world) newRequest(s step) lucca.LeaveRequest {
	monday := time.Now().UTC().AddDate(0, 0, (8-int(time.Now().UTC().Weekday()))%7+7)
	start := monday.AddDate(0, 0, int(s.more%48)*7+int(s.more>>8%5))
	for start.Weekday() == time.Saturday || start.Weekday() == time.Sunday {
		start = start.AddDate(0, 0, 1)
	}
	end := start.AddDate(0, 0, []int{0, 0, 1, 2, 4}[s.more>>16%5])
	for end.Weekday() == time.Saturday || end.Weekday() == time.Sunday {
		end = end.AddDate(0, 0, 1)
	}
	r := lucca.LeaveRequest{
		Employee: w.person(s).ID, StartsOn: start.Format(time.DateOnly),
		EndsOn: end.Format(time.DateOnly), Confirmed: s.more>>24%4 == 0, Via: lucca.V5,
	}
	switch s.more >> 32 % 6 {
	case 0:
		r.EndPosition = lucca.FirstHalfDay
	case 1:
		r.StartPosition = lucca.SecondHalfDay
	}
	if s.more>>40%5 == 0 {
		r.Via = lucca.HTTP
	}
	return r
}

func (w *world) onLeave(s step, do func(int) (lucca.Leave, error), allowed ...lucca.Status) bool {
	var fit []int
	for _, l := range w.Lucca().Leaves(0) {
		for _, status := range allowed {
			if l.Status == status && !l.Deleted {
				fit = append(fit, l.ID)
			}
		}
	}
	if len(fit) == 0 {
		return false
	}
	_, err := do(fit[s.choice%uint64(len(fit))])
	return err == nil
}

// shown is an event as the desk lists it.
type shown struct {
	ID string `json:"id"`
	mailboxes.View
	Body string `json:"body"`
}

func eventsPath(email string) string {
	return mailboxPath(email) + "/events"
}

func (w *world) events(email string) []shown {
	var all []shown
	w.desk(http.MethodGet, eventsPath(email), nil, &all)
	return all
}

// onEvent does something with one of the events of somebody's calendar that are ours and
// no copies.
func (w *world) onEvent(s step, do func(email string, event shown, s step) bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	email := w.person(s).Email
	var ours []shown
	for _, event := range w.events(email) {
		if _, copied := w.copies[email][event.ID]; event.Marked && !copied {
			ours = append(ours, event)
		}
	}
	return len(ours) > 0 && do(email, ours[s.more%uint64(len(ours))], s)
}

func (w *world) annotate(email string, event shown, s step) bool {
	note := "note " + strconv.FormatUint(s.more, 36)
	path := eventsPath(email) + "/" + url.PathEscape(event.ID)
	if w.desk(http.MethodPatch, path, map[string]string{"body": note}, nil) != http.StatusOK {
		return false
	}
	put(w.notes, email, event.ID, note)
	return true
}

// copy puts a copy two years away, where nothing else is.
func (w *world) copy(email string, event shown, _ step) bool {
	var made struct {
		ID string `json:"id"`
	}
	start, end := later(event.Start), later(event.End)
	path := eventsPath(email) + "/" + url.PathEscape(event.ID) + "/copy"
	if w.desk(http.MethodPost, path, map[string]string{"start": start, "end": end}, &made) != http.StatusCreated {
		return false
	}
	put(w.copies, email, made.ID, dates(shown{View: mailboxes.View{Start: start, End: end}}))
	return true
}

func later(text string) string {
	year, _ := strconv.Atoi(text[:4])
	return strconv.Itoa(year+4) + text[4:]
}

func put(all map[string]map[string]string, email, id, text string) {
	if all[email] == nil {
		all[email] = map[string]string{}
	}
	all[email][id] = text
}

func (w *world) clearFaults() { w.desk(http.MethodDelete, "/sandbox/faults", nil, nil) }

// desk calls the sandbox's desk and returns the answer's status, 0 for none.
func (w *world) desk(method, path string, body, answer any) int {
	return call(method, w.URL+path, "", body, answer)
}

var client = &http.Client{Timeout: 30 * time.Second}

// call sends JSON and reads JSON; it returns the answer's status, 0 for none.
func call(method, address, token string, body, answer any) int {
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return send(method, address, header, body, answer)
}

func send(method, address string, header http.Header, body, answer any) int {
	text, err := json.Marshal(body)
	if err != nil {
		return 0
	}
	r, err := http.NewRequestWithContext(context.Background(), method, address, bytes.NewReader(text))
	if err != nil {
		return 0
	}
	r.Header = header
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(r)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err == nil && answer != nil && len(read) > 0 {
		err = json.Unmarshal(read, answer)
	}
	if err != nil {
		return 0
	}
	return response.StatusCode
}
