package lucca

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// LegalEntity is what v5 calls a business-establishment, v3 a legal entity and v4
// an establishment.
type LegalEntity struct {
	ID   int
	Name string
	// Zone is the IANA timezoneId; empty is null, which Lucca allows.
	Zone string
	// Country is the ISO 3166 alpha-3 code.
	Country string
}

// Employee is a person of the company.
type Employee struct {
	ID          int
	GivenName   string
	FamilyName  string
	Email       string // empty is null
	LegalEntity int
	// Left tells that their contract is over.
	Left bool
	// Culture is Windows' number of the language and country, French of France where 0.
	Culture int
}

// status is the employee's, as the API spells it.
func (e Employee) status() string {
	if e.Left {
		return "deactivated"
	}
	return "active"
}

// Name is the given name and the family name.
func (e Employee) Name() string { return e.GivenName + " " + e.FamilyName }

// Account is a leave account: a type of absence and the unit it is counted in.
type Account struct {
	ID   int
	Name string
	Unit Unit
}

// Unit is the unit a leave account is counted in.
type Unit string

// The units used here. Lucca also has businessDays and calendarDays.
const (
	WorkingDays  Unit = "workingDays"
	WorkingHours Unit = "workingHours"
)

type company struct {
	entities  map[int]LegalEntity
	employees map[int]Employee
	byEmail   map[string]int
	accounts  []Account
	// created stands for every record's creation, and ordered is the employees by
	// id, made anew after one was added.
	created time.Time
	ordered []Employee
}

func newCompany() company {
	return company{
		entities:  map[int]LegalEntity{},
		employees: map[int]Employee{},
		byEmail:   map[string]int{},
		created:   time.Date(2026, 1, 15, 23, 12, 54, 0, time.UTC),
		accounts: []Account{
			{ID: 56, Name: "Congés payés", Unit: WorkingDays},
			{ID: 57, Name: "RTT", Unit: WorkingDays},
			{ID: 58, Name: "Récupération", Unit: WorkingHours},
			{ID: 59, Name: "Maladie", Unit: WorkingDays},
			{ID: 60, Name: "Télétravail", Unit: WorkingDays},
			{ID: 61, Name: "Sans solde", Unit: WorkingDays},
			{ID: 62, Name: "Mission", Unit: WorkingDays},
		},
	}
}

// AddLegalEntity adds a legal entity, or replaces the one with its id.
func (s *Service) AddLegalEntity(entity LegalEntity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.company.entities[entity.ID] = entity
}

// AddEmployee adds an employee, or replaces the one with its id. The legal entity
// must exist.
func (s *Service) AddEmployee(employee Employee) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.company.entities[employee.LegalEntity]; !ok {
		return fmt.Errorf("employee %d: no legal entity %d", employee.ID, employee.LegalEntity)
	}
	s.company.employees[employee.ID] = employee
	s.company.byEmail[strings.ToLower(employee.Email)] = employee.ID
	s.company.ordered = nil
	return nil
}

// EmployeeChange is what a PATCH of an employee changes; nil changes nothing.
type EmployeeChange struct {
	Email       *string
	LegalEntity *int
	Left        *bool
}

// ChangeEmployee changes an employee and, unless silent, announces it to the
// endpoints that listen to employee.updated or job-position.updated. Its error is
// an *InvalidError.
func (s *Service) ChangeEmployee(id int, change EmployeeChange, silent bool) (Employee, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, ok := s.company.employees[id]
	if !ok {
		return Employee{}, &InvalidError{"id", "no such employee; GET /sandbox/employees lists them"}
	}
	now := before
	if change.LegalEntity != nil {
		if _, ok := s.company.entities[*change.LegalEntity]; !ok {
			return Employee{}, &InvalidError{"legalEntity", "no such legal entity"}
		}
		now.LegalEntity = *change.LegalEntity
	}
	if change.Email != nil {
		other, taken := s.company.byEmail[strings.ToLower(*change.Email)]
		if taken && other != id && *change.Email != "" {
			return Employee{}, &InvalidError{"email", "another employee has this address"}
		}
		delete(s.company.byEmail, strings.ToLower(before.Email))
		now.Email = *change.Email
		s.company.byEmail[strings.ToLower(now.Email)] = id
	}
	if change.Left != nil {
		now.Left = *change.Left
	}
	s.company.employees[id], s.company.ordered = now, nil
	if !silent {
		s.announceEmployee(now, before)
	}
	s.notify(id)
	return now, nil
}

// LegalEntities lists the legal entities by id.
func (s *Service) LegalEntities() []LegalEntity {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.company.legalEntities()
}

func (c *company) legalEntities() []LegalEntity {
	return slices.SortedFunc(maps.Values(c.entities), func(a, b LegalEntity) int { return cmp.Compare(a.ID, b.ID) })
}

// Employees lists the employees by id.
func (s *Service) Employees() []Employee {
	s.sortEmployees()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.company.ordered)
}

// sortEmployees renews the ordered list after a change; it takes r.mu.
func (s *Service) sortEmployees() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.company.ordered) != len(s.company.employees) {
		s.company.ordered = slices.SortedFunc(maps.Values(s.company.employees),
			func(a, b Employee) int { return cmp.Compare(a.ID, b.ID) })
	}
}

// Employee returns the employee with that id.
func (s *Service) Employee(id int) (Employee, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	employee, ok := s.company.employees[id]
	return employee, ok
}

// EmployeeByEmail returns the employee with that address, whatever its case.
func (s *Service) EmployeeByEmail(email string) (Employee, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	employee, ok := s.company.employees[s.company.byEmail[strings.ToLower(email)]]
	return employee, ok && email != ""
}

// Accounts lists the leave accounts.
func (s *Service) Accounts() []Account { return slices.Clone(s.company.accounts) }

func (c *company) account(id int) (Account, bool) {
	i := slices.IndexFunc(c.accounts, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return Account{}, false
	}
	return c.accounts[i], true
}

// Zone is the IANA time zone of a legal entity, "" when it has none or is unknown.
func (s *Service) Zone(legalEntity int) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.company.entities[legalEntity].Zone
}
