package desk

import (
	"net/http"
	"strconv"

	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// SystemOf is the calendar system of a legal entity's people: Office 365, Exchange
// and Google in turn, from legal entity 1.
func SystemOf(legalEntity int) mailboxes.System {
	return []mailboxes.System{mailboxes.Google, mailboxes.Graph, mailboxes.Exchange}[legalEntity%3]
}

// word is the name of a system in the API: a connection's.
func word(system mailboxes.System) string {
	if system == mailboxes.Graph {
		return "office365"
	}
	return string(system)
}

type employeeBody struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Email       string `json:"email"`
	LegalEntity string `json:"legalEntity"`
	// LegalEntityName is "" while the employee is in none that exists.
	LegalEntityName string `json:"legalEntityName"`
	System          string `json:"system"`
	Zone            string `json:"zone"`
	HasMailbox      bool   `json:"hasMailbox"`
}

func (d *Desk) listEmployees(w http.ResponseWriter, _ *http.Request) {
	entities := d.legalEntities()
	list := []employeeBody{}
	for _, e := range d.company.Employees() {
		list = append(list, d.employeeBody(e, entities[e.LegalEntity]))
	}
	JSON(w, http.StatusOK, list)
}

func (d *Desk) legalEntities() map[int]lucca.LegalEntity {
	entities := map[int]lucca.LegalEntity{}
	for _, entity := range d.company.LegalEntities() {
		entities[entity.ID] = entity
	}
	return entities
}

// employeeBody tells where the employee's mailbox is, or where it would be.
func (d *Desk) employeeBody(e lucca.Employee, entity lucca.LegalEntity) employeeBody {
	body := employeeBody{
		ID: strconv.Itoa(e.ID), Name: e.Name(), Email: e.Email, LegalEntity: strconv.Itoa(e.LegalEntity),
		LegalEntityName: entity.Name, System: word(SystemOf(e.LegalEntity)), Zone: entity.Zone,
	}
	if box, has := d.store.Lookup(e.Email); has {
		body.HasMailbox, body.System = true, word(box.System)
	}
	return body
}

// changeEmployee changes an address or a legal entity, or ends a contract. The mailbox stays as and
// where it is: see moveMailbox and addAlias.
func (d *Desk) changeEmployee(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Email       *string `json:"email"`
		LegalEntity *text   `json:"legalEntity"`
		Left        *bool   `json:"left"`
	}
	silent, ok := silently(w, r)
	if !ok || !Read(w, r, &body) {
		return
	}
	id, _ := strconv.Atoi(r.PathValue("id"))
	if _, known := d.company.Employee(id); !known {
		Problem(w, http.StatusNotFound, "There is no employee with this id. GET /sandbox/employees lists them.")
		return
	}
	change := lucca.EmployeeChange{Email: body.Email, Left: body.Left}
	if body.LegalEntity != nil {
		entity, _ := strconv.Atoi(string(*body.LegalEntity)) // 0 is none
		change.LegalEntity = &entity
	}
	e, err := d.company.ChangeEmployee(id, change, silent)
	if err != nil {
		refuse(w, err)
		return
	}
	JSON(w, http.StatusOK, d.employeeBody(e, d.legalEntities()[e.LegalEntity]))
}

// mailboxEvents answers what the mailbox's owner would see.
func (d *Desk) mailboxEvents(w http.ResponseWriter, r *http.Request) {
	events, err := d.store.Events(r.PathValue("email"))
	if err != nil {
		refuse(w, err)
		return
	}
	JSON(w, http.StatusOK, events)
}

type mailboxBody struct {
	Email  string `json:"email"`
	Name   string `json:"name"`
	System string `json:"system"`
	Zone   string `json:"zone"`
}

func (d *Desk) addMailbox(w http.ResponseWriter, r *http.Request) {
	employee, ok := d.company.EmployeeByEmail(r.PathValue("email"))
	if !ok {
		Problem(w, http.StatusNotFound, "No employee has this address. GET /sandbox/employees lists them.")
		return
	}
	_, had := d.store.Lookup(employee.Email)
	GiveMailbox(d.company, d.store, employee)
	status := http.StatusCreated
	if had {
		status = http.StatusOK
	}
	d.answerMailbox(w, status, employee.Email)
}

// GiveMailbox makes the employee's mailbox on the system of their legal entity, unless
// it exists.
func GiveMailbox(company *lucca.Service, store *mailboxes.Store, e lucca.Employee) {
	store.Add(mailboxes.Mailbox{Email: e.Email, Name: e.Name(), System: SystemOf(e.LegalEntity),
		Zone: company.Zone(e.LegalEntity)})
}

func (d *Desk) removeMailbox(w http.ResponseWriter, r *http.Request) {
	if _, ok := d.store.Lookup(r.PathValue("email")); !ok {
		Problem(w, http.StatusNotFound, "This address has no mailbox, so there is nothing to remove.")
		return
	}
	d.store.Remove(r.PathValue("email"))
	w.WriteHeader(http.StatusNoContent)
}
