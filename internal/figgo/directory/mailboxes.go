package directory

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/figgosync/figgosync/internal/figgo"
)

// mailboxes are the ids of the employees by e-mail, for those that were read by
// pages. An id may be out of date: the entry has the truth.
type mailboxes struct {
	mu  sync.Mutex
	ids map[string][]string
}

func (m *mailboxes) add(email, id string) {
	if email == "" {
		return
	}
	email = strings.ToLower(email)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ids == nil {
		m.ids = map[string][]string{}
	}
	if !slices.Contains(m.ids[email], id) {
		m.ids[email] = append(slices.Clone(m.ids[email]), id)
	}
}

func (m *mailboxes) of(email string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ids[strings.ToLower(email)]
}

// prune drops what stale tells to.
func (m *mailboxes) prune(stale func(email, id string) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for email, ids := range m.ids {
		m.ids[email] = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return stale(email, id) })
	}
	maps.DeleteFunc(m.ids, func(_ string, ids []string) bool { return len(ids) == 0 })
}

// byEmail answers for an address from the pages that were read. It answers
// nothing where one of the employees with the address is not known any more.
func (d *Directory) byEmail(email string) (entry, bool) {
	var records []figgo.EmployeeRecord
	entries := map[string]entry{}
	for _, id := range d.mailboxes.of(email) {
		found, ok := d.entries.Get(person{id: id})
		if !ok || !d.fresh(found) {
			return entry{}, false
		}
		if strings.EqualFold(found.employee.Email, email) {
			records = append(records, figgo.EmployeeRecord{Employee: found.employee, Status: found.status})
			entries[id] = found
		}
	}
	// Of somebody who was looked up by himself we do not know whether he is active.
	unsure := slices.ContainsFunc(records, func(r figgo.EmployeeRecord) bool { return r.Status == "" })
	if len(records) == 0 || len(records) > 1 && unsure {
		return entry{}, false
	}
	one, err := figgo.OneMeant(records)
	if err != nil {
		return entry{failure: err, at: d.opts.Now()}, true
	}
	return entries[one.ID], true
}
