package lucca

import (
	"fmt"
	"slices"
	"strconv"
)

func sortable(id int) string { return fmt.Sprintf("%012d", id) }

// fields is short for a map of a resource's fields.
type fields[T any] = map[string]func(T) string

func (s *Service) employees() *collection[Employee] {
	return &collection[Employee]{
		name: "employees", scopes: []string{"employees.readonly"},
		items:  func() []Employee { return s.company.ordered },
		id:     func(e Employee) string { return strconv.Itoa(e.ID) },
		key:    func(e Employee) string { return sortable(e.ID) },
		encode: s.employeeResource,
		filters: fields[Employee]{
			"id":                                  func(e Employee) string { return strconv.Itoa(e.ID) },
			"email":                               func(e Employee) string { return e.Email },
			"status":                              Employee.status,
			"applicableEmployment.legalEntity.id": func(Employee) string { return strconv.Itoa(legalUnit) },
			"applicableJobPosition.businessEstablishment.id": func(e Employee) string { return strconv.Itoa(e.LegalEntity) },
			"applicableJobPosition.id": func(e Employee) string {
				return strconv.Itoa(e.ID +
					jobPositionOffset)
			},
		},
		sorts: fields[Employee]{
			"familyName": func(e Employee) string { return e.FamilyName },
			"createdAt":  func(Employee) string { return s.created() },
		},
		search: func(e Employee) string { return e.Name() + " " + e.Email },
		embed:  s.embedPositions,
	}
}

// embedPositions leaves out what the token may not read, as Lucca does.
func (s *Service) embedPositions(g grant, employees []Employee) map[string]map[string]any {
	embedded := map[string]map[string]any{}
	if g.allows("employments.readonly") {
		embedded["employment"] = map[string]any{}
		for _, e := range employees {
			embedded["employment"][strconv.Itoa(e.ID+employmentOffset)] = s.employmentResource(e)
		}
	}
	if g.allows("job-positions.readonly") {
		embedded["job-position"] = map[string]any{}
		for _, e := range employees {
			embedded["job-position"][strconv.Itoa(e.ID+jobPositionOffset)] = s.jobPositionResource(e)
		}
	}
	return embedded
}

func (s *Service) employments() *collection[Employee] {
	return &collection[Employee]{
		name: "employments", scopes: []string{"employments.readonly"},
		items:  func() []Employee { return s.company.ordered },
		id:     func(e Employee) string { return strconv.Itoa(e.ID + employmentOffset) },
		key:    func(e Employee) string { return sortable(e.ID) },
		encode: s.employmentResource,
		filters: fields[Employee]{
			"id":          func(e Employee) string { return strconv.Itoa(e.ID + employmentOffset) },
			"employee.id": func(e Employee) string { return strconv.Itoa(e.ID) },
		},
	}
}

func (s *Service) jobPositions() *collection[Employee] {
	return &collection[Employee]{
		name: "job-positions", scopes: []string{"job-positions.readonly"},
		items:  func() []Employee { return s.company.ordered },
		id:     func(e Employee) string { return strconv.Itoa(e.ID + jobPositionOffset) },
		key:    func(e Employee) string { return sortable(e.ID) },
		encode: s.jobPositionResource,
		filters: fields[Employee]{
			"id":                       func(e Employee) string { return strconv.Itoa(e.ID + jobPositionOffset) },
			"employee.id":              func(e Employee) string { return strconv.Itoa(e.ID) },
			"employment.id":            func(e Employee) string { return strconv.Itoa(e.ID + employmentOffset) },
			"businessEstablishment.id": func(e Employee) string { return strconv.Itoa(e.LegalEntity) },
		},
		dates: fields[Employee]{"startsOn": func(Employee) string { return "2020-01-01" },
			"endsOn": func(Employee) string { return "" }},
	}
}

func (s *Service) establishments() *collection[LegalEntity] {
	return &collection[LegalEntity]{
		name: "business-establishments", scopes: []string{"business-establishments.readonly"},
		items:  s.company.legalEntities,
		id:     func(e LegalEntity) string { return strconv.Itoa(e.ID) },
		key:    func(e LegalEntity) string { return sortable(e.ID) },
		encode: s.establishmentResource,
		filters: fields[LegalEntity]{
			"id":             func(e LegalEntity) string { return strconv.Itoa(e.ID) },
			"legalEntity.id": func(LegalEntity) string { return strconv.Itoa(legalUnit) },
			"isArchived":     func(LegalEntity) string { return "false" },
		},
		sorts:  fields[LegalEntity]{"name": func(e LegalEntity) string { return e.Name }},
		search: func(e LegalEntity) string { return e.Name },
	}
}

func (s *Service) legalUnits() *collection[int] {
	return &collection[int]{
		name: "legal-entities", scopes: []string{"legal-entities.readonly"},
		items:  func() []int { return []int{legalUnit} },
		id:     strconv.Itoa,
		key:    sortable,
		encode: func(int) any { return s.legalUnitResource() },
	}
}

func (s *Service) leaveAccounts() *collection[Account] {
	return &collection[Account]{
		name: "leave-accounts", scopes: []string{"leaves.readonly"},
		items:   func() []Account { return s.company.accounts },
		id:      func(a Account) string { return strconv.Itoa(a.ID) },
		key:     func(a Account) string { return sortable(a.ID) },
		encode:  s.accountResource,
		filters: fields[Account]{"id": func(a Account) string { return strconv.Itoa(a.ID) }},
	}
}

// leaveCollection is GET /lucca-api/leaves. No page lists its query parameters: these
// follow the rules all v5 collections have and the samples in the documentation.
func (s *Service) leaveCollection() *collection[*Leave] {
	return &collection[*Leave]{
		name: "leaves", scopes: []string{"leaves.readonly"},
		items:  s.visibleLeaves,
		id:     func(l *Leave) string { return strconv.Itoa(l.ID) },
		key:    func(l *Leave) string { return sortable(l.ID) },
		encode: s.leaveResource,
		filters: fields[*Leave]{
			"id":              func(l *Leave) string { return strconv.Itoa(l.ID) },
			"status":          func(l *Leave) string { return string(l.Status) },
			"employee.id":     func(l *Leave) string { return strconv.Itoa(l.Employee) },
			"leaveAccount.id": func(l *Leave) string { return strconv.Itoa(l.Account.ID) },
			"employee.applicableJobPosition.businessEstablishment.id": func(l *Leave) string {
				return strconv.Itoa(s.company.employees[l.Employee].LegalEntity)
			},
		},
		dates: fields[*Leave]{
			"startsOn":  func(l *Leave) string { return l.StartsOn },
			"endsOn":    func(l *Leave) string { return l.EndsOn },
			"createdAt": func(l *Leave) string { return instant(l.CreatedAt) },
		},
		sorts: fields[*Leave]{
			"startsOn":  func(l *Leave) string { return l.StartsOn },
			"createdAt": func(l *Leave) string { return instant(l.CreatedAt) },
		},
		embed: s.embedLeaves,
	}
}

func (s *Service) visibleLeaves() []*Leave {
	return slices.DeleteFunc(slices.Clone(s.leaves.ordered), func(l *Leave) bool { return l.Deleted })
}

// embedLeaves shows the employee's name, which leaves.readonly includes, not the e-mail.
func (s *Service) embedLeaves(_ grant, leaves []*Leave) map[string]map[string]any {
	people, accounts := map[string]any{}, map[string]any{}
	for _, l := range leaves {
		ref, e := s.refer("employee", l.Employee), s.company.employees[l.Employee]
		people[ref.ID] = map[string]any{"id": ref.ID, "type": ref.Type, "url": ref.URL, "givenName": e.GivenName,
			"familyName": e.FamilyName}
		accounts[strconv.Itoa(l.Account.ID)] = s.accountResource(l.Account)
	}
	return map[string]map[string]any{"employee": people, "leave-account": accounts}
}

func (s *Service) leaveRequests() *collection[*Leave] {
	return &collection[*Leave]{
		name: "leave-requests", scopes: []string{"leave-requests.readonly"},
		items:  s.visibleLeaves,
		id:     func(l *Leave) string { return strconv.Itoa(requestID(l.ID)) },
		key:    func(l *Leave) string { return sortable(l.ID) },
		encode: s.leaveRequestResource,
		filters: fields[*Leave]{
			"id":          func(l *Leave) string { return strconv.Itoa(requestID(l.ID)) },
			"employee.id": func(l *Leave) string { return strconv.Itoa(l.Employee) },
		},
	}
}
