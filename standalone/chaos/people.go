package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/figgosync/figgosync/sandbox/desk"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// person is who a step is about, as they are now.
func (w *world) person(s step) lucca.Employee {
	return w.employee(w.people[s.choice%uint64(len(w.people))])
}

func (w *world) employee(id int) lucca.Employee {
	e, _ := w.Lucca().Employee(id)
	return e
}

// everyTenth has no mailbox at first, everyThird an event of their own.
const everyTenth, everyThird = 10, 3

// furnish makes the mailboxes as they are at first.
func (w *world) furnish() {
	for i, id := range w.people {
		email := w.employee(id).Email
		switch {
		case i%everyTenth == 0:
			w.desk(http.MethodDelete, mailboxPath(email), nil, nil)
		case i%everyThird == 0:
			w.enter(email, i)
		}
	}
}

func mailboxPath(email string) string { return "/sandbox/mailboxes/" + url.PathEscape(email) }

// enter has somebody enter an event of their own, on a day that absences may be on too.
func (w *world) enter(email string, i int) {
	date := time.Now().AddDate(0, 0, 14+i).Format(time.DateOnly)
	event := map[string]any{
		"subject": "Dentist", "start": date + "T10:00", "end": date + "T11:00", "body": "bring the card",
	}
	var made shown
	if w.desk(http.MethodPost, eventsPath(email), event, &made) == http.StatusCreated {
		put(w.own, email, made.ID, asText(made))
	}
}

// asText is all of an event, to compare.
func asText(event shown) string {
	text, err := json.Marshal(event)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// relocate moves somebody to another legal entity, whose people have their mailboxes in
// another system: the old mailbox is removed, and the new one is empty.
func (w *world) relocate(s step) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	who := w.person(s)
	to := (who.LegalEntity+int(s.more%2))%len(synchronizations) + 1
	path := "/sandbox/employees/" + strconv.Itoa(who.ID)
	if w.desk(http.MethodPatch, path, map[string]string{"legalEntity": strconv.Itoa(to)}, nil) != http.StatusOK {
		return false
	}
	w.log.Info("somebody moves", "employee", who.ID, "from", who.LegalEntity, "to", to)
	w.desk(http.MethodDelete, mailboxPath(who.Email), nil, nil)
	for _, theirs := range []map[string]map[string]string{w.notes, w.copies, w.own} {
		delete(theirs, who.Email)
	}
	if s.more>>8%2 == 0 { // else it is made later: see equip
		w.desk(http.MethodPost, mailboxPath(who.Email), nil, nil)
	}
	return true
}

// readdress gives somebody another address. The old mailbox stays, and the new one is empty.
func (w *world) readdress(s step) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	who := w.person(s)
	email := fmt.Sprintf("renamed.%d.%s", len(w.former[who.ID]), who.Email)
	path := "/sandbox/employees/" + strconv.Itoa(who.ID)
	if w.desk(http.MethodPatch, path, map[string]string{"email": email}, nil) != http.StatusOK {
		return false
	}
	w.log.Info("somebody has a new address", "employee", who.ID)
	w.former[who.ID] = append(w.former[who.ID], who.Email)
	if s.more>>8%2 == 0 {
		w.desk(http.MethodPost, mailboxPath(email), nil, nil)
	}
	return true
}

// equip makes the mailbox of somebody who has none.
func (w *world) equip(s step) bool {
	for i := range w.people {
		next := step{choice: s.choice + uint64(i)}
		if w.desk(http.MethodPost, mailboxPath(w.person(next).Email), nil, nil) == http.StatusCreated {
			return true
		}
	}
	return false
}

// equipAll makes all mailboxes that are missing.
func (w *world) equipAll() {
	for _, id := range w.people {
		w.desk(http.MethodPost, mailboxPath(w.employee(id).Email), nil, nil)
	}
}

// loseAll tells that the events of a legal entity's people were taken out, and with them
// what they had noted in them.
func (w *world) loseAll(entity int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cleared[entity] = desk.SystemOf(entity) == mailboxes.Graph
	for _, id := range w.people {
		who := w.employee(id)
		if who.LegalEntity != entity {
			continue
		}
		delete(w.notes, who.Email)
		for _, l := range w.Lucca().Leaves(id) {
			w.deliveries.lose(l.ID)
		}
	}
}
