package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/client"
)

// The first night after a bad time: one webhook in twenty was lost, of every kind, owners
// deleted, changed, copied and annotated events, mailboxes moved, and of Figgo's lists one
// page is empty, one fails and one is cut off. Killed five times on the way, it finds and
// repairs exactly what differs; the second night finds and writes nothing, and what is the
// owners' is as it was.
func TestTheFirstNightRepairsExactlyWhatDiffers(t *testing.T) {
	t.Parallel()
	employees, each, by := 60, 3, badTime{deleted: 9, edited: 9, copied: 6}
	if fullSize > 0 {
		employees, each, by = 300, 10, badTime{deleted: 20, edited: 20, copied: 10}
	}
	p, world := NewCompanyProduct(t, fallsBackTwice)
	company := NewCompany(t, world, employees, each)
	company.Since = day(0, 0)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	company.Check(t)
	by.company, by.people = company, company.people(t)
	by.stay, by.views, by.want = theirs{}, map[string][]View{}, map[string]reconciled{}
	by.happen(t)
	names := slices.Sorted(maps.Keys(by.want))

	breakLists(t, world)
	for _, provider := range providers {
		world.Break(t, fault{Target: provider.name, Delay: "400ms", Times: forever})
	}
	before := map[string]int{}
	for _, name := range names {
		p.waitNight(t, name, "02:00")
		before[name] = p.countReconciliations(t, name)
	}
	began := time.Now()
	for _, name := range names {
		if err := p.night(t, name).Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	p.killThroughTheNight(t, names)
	for _, name := range names {
		told := p.waitNightly(t, name, before[name])
		differences := by.want[name]
		if diff := cmp.Diff(differences, told.Counts.kinds()); diff != "" || told.Counts.Repaired != differences.differences() {
			t.Errorf("%s: %d repaired (-want +told):\n%s%+v", name, told.Counts.Repaired, diff, told.Found)
		}
		t.Logf("%s: %+v", name, told.Counts)
	}
	t.Logf("the first night took %v", time.Since(began).Round(time.Second))
	world.Mend(t)
	by.check(t)

	world.CountWrites(t)
	for _, name := range names {
		if told := p.trigger(t, name); told.Counts.differences() != 0 {
			t.Errorf("%s the second night: %+v", name, told.Counts)
		}
	}
	if writes := world.Writes(t); writes != 0 {
		t.Errorf("the second night made %d writes", writes)
	}
	by.check(t)
}

// fallsBackTwice has the mailboxes of demo-exchange looked for in Office 365 and Google
// too.
func fallsBackTwice(settings string) string {
	const connection = "connection: demo-exchange, "
	return strings.Replace(settings, connection, connection+"fallback: [demo-office365, demo-google], ", 1)
}

// breakLists has Figgo answer a few of the first requests for its list of absences with
// what is no list: an empty company, an empty second page, an error, half a page.
func breakLists(t *testing.T, world *World) {
	t.Helper()
	const whole, second = `^GET [^\n]*/lucca-api/leaves\?`, `^GET [^\n]*/lucca-api/leaves\?[^\n]*page=`
	empty := func(total int) string {
		return fmt.Sprintf(`{"type":"leaves","url":"/lucca-api/leaves","items":[],"totalCount":%d,"links":{"next":null,"prev":null},"embedded":{}}`, total)
	}
	for _, one := range []fault{
		{Match: second, Status: new(http.StatusOK), Body: empty(0)},
		{Match: whole, Status: new(http.StatusOK), Body: empty(0)},
		{Match: whole, Status: new(http.StatusInternalServerError)},
		{Match: whole, Status: new(http.StatusOK), Body: `{"type":"leaves","items":[{"id":"`},
	} {
		one.Target, one.Times = "lucca", 1
		one.Headers = map[string]string{"Content-Type": "application/json"}
		world.Break(t, one)
	}
}

// killThroughTheNight kills and restarts the product five times: twice while all nights
// compare, and once each when the first of them repairs, looks again, and soon after.
func (p *Product) killThroughTheNight(t *testing.T, names []string) {
	t.Helper()
	order := []string{"comparing", "repairing", "verifying", "completed"}
	for round, phase := range []string{"comparing", "comparing", "repairing", "verifying", "verifying"} {
		var told []string
		reached := func(one string) bool { return slices.Index(order, one) >= slices.Index(order, phase) }
		eventuallyWithin(t, longTimeout(), "a night is "+phase, func() (err error) {
			if told, err = p.phases(names); err == nil && !slices.ContainsFunc(told, reached) {
				err = fmt.Errorf("they are %v", told)
			}
			return err
		})
		time.Sleep(rand.N(time.Second)) // somewhere in it
		t.Logf("kill %d, the nights were %v", round+1, told)
		p.Kill()
		p.Start()
	}
}

// phases are how far the newest reconciliation of each synchronization is.
func (p *Product) phases(names []string) (all []string, err error) {
	for _, name := range names {
		runs, err := p.reconciliations(name)
		if err != nil {
			return nil, err
		}
		if len(runs) > 0 {
			all = append(all, runs[0].Phase)
		}
	}
	return all, nil
}

// badTime is what nobody was told of, and what owners did.
type badTime struct {
	company Company
	people  map[string]person
	// deleted, edited and copied are how many events owners delete, edit and copy.
	deleted, edited, copied int

	// want is what the first night must find, by synchronization.
	want map[string]reconciled
	// stay are events that must be left as they are, views those of the owners' own, by
	// mailbox.
	stay  theirs
	views map[string][]View
}

func (b *badTime) desk(t *testing.T, method, path string, body any, status int) {
	t.Helper()
	b.company.world.desk(t, method, path, body, status, nil)
}

func (b *badTime) happen(t *testing.T) {
	t.Helper()
	touched := map[string]bool{} // events that will change, by mailbox and id
	for i, provider := range providers {
		legalEntity := fmt.Sprint(i + 1)
		leaves := b.company.of(t, legalEntity)
		slices.SortFunc(leaves, func(a, b generated) int { return strings.Compare(a.ID, b.ID) })
		share := func(of int) int { return (of + i) / len(providers) }
		lost := max((len(leaves)/20+3)/4, 1)
		var counts reconciled
		if provider == exchange {
			counts.Missing += b.moveMailboxes(t, &leaves)
		}
		b.loseWebhooks(t, &leaves, lost, &counts, touched)
		for _, leave := range cut(&leaves, share(b.deleted)) {
			b.desk(t, http.MethodDelete, b.event(t, leave), nil, http.StatusNoContent)
			counts.Missing++
		}
		for n, leave := range cut(&leaves, share(b.edited)) {
			b.edit(t, n, leave, touched)
			counts.Edited++
		}
		for _, leave := range cut(&leaves, share(b.copied)) {
			b.annotate(t, leave)
			b.copy(t, leave)
		}
		b.want["demo-"+provider.word] = counts
	}
	for _, who := range b.people {
		if _, has := b.company.world.Mailboxes().Lookup(who.email); !has {
			continue
		}
		for key, event := range b.company.mailbox(t, who.email) {
			if !touched[key] {
				b.stay[key] = event
			}
		}
	}
}

// cut takes the first so many.
func cut(leaves *[]generated, count int) []generated {
	some := (*leaves)[:count]
	*leaves = (*leaves)[count:]
	return some
}

// moveMailboxes has two people move to Google, where their mailboxes are empty, and three
// to Office 365, with all that is in theirs. Their absences are taken out of leaves. It
// returns how many events are missing by that.
func (b *badTime) moveMailboxes(t *testing.T, leaves *[]generated) (missing int) {
	t.Helper()
	var owners []string
	for _, leave := range *leaves {
		if !slices.Contains(owners, leave.Employee) {
			owners = append(owners, leave.Employee)
		}
	}
	for n, employee := range owners[:5] {
		theirs := slices.DeleteFunc(slices.Clone(*leaves), func(l generated) bool { return l.Employee != employee })
		*leaves = slices.DeleteFunc(*leaves, func(l generated) bool { return l.Employee == employee })
		there := *office365
		if n < 2 {
			there, missing = *google, missing+len(theirs)
		} else {
			b.annotate(t, theirs[0])
			b.ownEvent(t, theirs[0])
		}
		who := b.people[employee]
		b.desk(t, http.MethodPost, "/sandbox/mailboxes/"+who.email+"/move", map[string]string{"to": there.word}, http.StatusOK)
		there.zone = who.provider.zone // of the legal entity, which stays
		who.provider = &there
		b.people[employee] = who
		for i := range b.views[who.email] {
			b.views[who.email][i].ShowAs = "busy"
		}
	}
	return missing
}

// loseWebhooks changes in Figgo, without a word, so many absences of each kind of change.
func (b *badTime) loseWebhooks(t *testing.T, leaves *[]generated, lost int, counts *reconciled, touched map[string]bool) {
	t.Helper()
	pending := []generated{}
	*leaves = slices.DeleteFunc(*leaves, func(l generated) bool {
		taken := l.Status != confirmed && len(pending) < lost
		if taken {
			pending = append(pending, l)
		}
		return taken
	})
	if len(pending) != lost {
		t.Fatalf("%d of %d absences await approval", len(pending), lost)
	}
	for _, leave := range pending {
		touched[b.key(t, leave)] = true
		b.desk(t, http.MethodPost, "/sandbox/leaves/"+leave.ID+"/approve?silent=true", nil, http.StatusOK)
		counts.Edited++
	}
	for n, leave := range cut(leaves, lost) {
		touched[b.key(t, leave)] = true
		b.desk(t, http.MethodPatch, "/sandbox/leaves/"+leave.ID+"?silent=true", map[string]string{"startsOn": day(46, n%5)}, http.StatusOK)
		counts.Edited++
	}
	for _, leave := range cut(leaves, lost) {
		touched[b.key(t, leave)] = true
		b.desk(t, http.MethodDelete, "/sandbox/leaves/"+leave.ID+"?silent=true", nil, http.StatusOK)
		counts.Surplus++
	}
	for n := range lost {
		body := map[string]any{"employee": (*leaves)[n].Employee, "startsOn": day(40+n%5, 0), "endsOn": day(40+n%5, n/5%3), "status": confirmed}
		if n%3 == 2 {
			body["status"] = "tentative"
		}
		b.desk(t, http.MethodPost, "/sandbox/leaves?silent=true", body, http.StatusCreated)
		counts.Missing++
	}
}

// event is the address of an absence's event at the desk.
func (b *badTime) event(t *testing.T, leave generated) string {
	t.Helper()
	who := b.people[leave.Employee]
	return "/sandbox/mailboxes/" + who.email + "/events/" + b.company.eventOf(t, who, leave.view(t, who))
}

// key is the same among theirs.
func (b *badTime) key(t *testing.T, leave generated) string {
	t.Helper()
	who := b.people[leave.Employee]
	return who.email + " " + b.company.eventOf(t, who, leave.view(t, who))
}

// edit has an owner rename an event of ours, or drag it to other days.
func (b *badTime) edit(t *testing.T, n int, leave generated, touched map[string]bool) {
	t.Helper()
	touched[b.key(t, leave)] = true
	change := map[string]any{"subject": "Mine", "body": "my own notes " + leave.ID}
	if n%2 == 1 {
		change = map[string]any{"start": day(48, 0), "end": day(48, 2)}
	}
	b.desk(t, http.MethodPatch, b.event(t, leave), change, http.StatusOK)
}

// annotate has an owner write notes into an event of ours.
func (b *badTime) annotate(t *testing.T, leave generated) {
	t.Helper()
	note := map[string]any{"body": "my own notes " + leave.ID, "categories": []string{"Mine"}, "reminder": 20, "location": "At home"}
	b.desk(t, http.MethodPatch, b.event(t, leave), note, http.StatusOK)
}

// copy has an owner copy an event of ours; the copy is theirs.
func (b *badTime) copy(t *testing.T, leave generated) {
	t.Helper()
	who := b.people[leave.Employee]
	var made View
	b.company.world.desk(t, http.MethodPost, b.event(t, leave)+"/copy", map[string]string{"start": day(50, 1), "end": day(50, 2)},
		http.StatusCreated, &made)
	b.views[who.email] = append(b.views[who.email], made)
	b.ownEvent(t, leave)
}

// ownEvent has the absence's owner enter an event that has nothing to do with us.
func (b *badTime) ownEvent(t *testing.T, leave generated) {
	t.Helper()
	who := b.people[leave.Employee]
	var made View
	own := map[string]any{"subject": "Dentist", "body": "upstairs", "start": leave.StartsOn + "T10:00", "end": leave.StartsOn + "T11:00"}
	b.company.world.desk(t, http.MethodPost, "/sandbox/mailboxes/"+who.email+"/events", own, http.StatusCreated, &made)
	b.views[who.email] = append(b.views[who.email], made)
}

// check compares every mailbox with what Figgo says and what is its owner's, and every
// event that nothing was wrong with, byte for byte, with what it was.
func (b *badTime) check(t *testing.T) {
	t.Helper()
	want := map[string][]View{}
	for email, views := range b.views {
		want[email] = slices.Clone(views)
	}
	for _, leave := range b.company.Leaves(t) {
		who := b.people[leave.Employee]
		want[who.email] = append(want[who.email], leave.view(t, who))
	}
	after := theirs{}
	for _, who := range b.people {
		if _, has := b.company.world.Mailboxes().Lookup(who.email); !has {
			continue
		}
		got, err := b.company.world.Mailboxes().Views(who.email)
		if err != nil {
			t.Fatal(err)
		}
		byStart := func(a, b View) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
		slices.SortFunc(got, byStart)
		slices.SortFunc(want[who.email], byStart)
		if diff := cmp.Diff(append([]View{}, want[who.email]...), append([]View{}, got...)); diff != "" {
			t.Errorf("the %s calendar of %s (-want +shows):\n%s", who.provider.word, who.email, diff)
		}
		maps.Copy(after, b.company.mailbox(t, who.email))
	}
	for key, event := range b.stay {
		if diff := cmp.Diff(string(event), string(after[key])); diff != "" {
			t.Errorf("%s (-before +after):\n%s", key, diff)
		}
	}
	if notes := strings.Count(string(encode(slices.Collect(maps.Values(after)))), "my own notes"); notes < b.edited/2+b.copied {
		t.Errorf("there are %d notes of owners", notes)
	}
}

// theirs are events as their owners see them, by mailbox and id.
type theirs map[string]json.RawMessage

// mailbox are all events of one, as the desk tells them.
func (c Company) mailbox(t *testing.T, email string) theirs {
	t.Helper()
	var listed []json.RawMessage
	c.world.desk(t, http.MethodGet, "/sandbox/mailboxes/"+email+"/events", nil, http.StatusOK, &listed)
	all := theirs{}
	for _, one := range listed {
		var event struct{ ID string }
		if err := json.Unmarshal(one, &event); err != nil {
			t.Fatal(err)
		}
		all[email+" "+event.ID] = one
	}
	return all
}
