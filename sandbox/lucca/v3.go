package lucca

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// v3Time is a v3 date-time: no offset.
func v3Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000")
}

// v3Leaves lists half-days. A date filter and a filter on whose leaves are both
// mandatory. Cancelled half-days come only with isActive=false.
func (s *Service) v3Leaves(w http.ResponseWriter, req *http.Request) {
	owners := []string{"leavePeriod.ownerId", "leavePeriod.owner.legalEntityId", "leavePeriod.owner.departmentId"}
	q, err := parseV3(req.URL.Query(), append(owners, "date", "leaveAccountId", "isActive",
		"creationDate", "cancellationDate", "leavePeriod.confirmationDate", "leavePeriod.isConfirmed")...)
	if err != nil {
		legacyError(w, http.StatusBadRequest, err.Error())
		return
	}
	if q.filters["date"] == nil || q.filters[owners[0]] == nil && q.filters[owners[1]] == nil &&
		q.filters[owners[2]] == nil {
		legacyError(w, http.StatusBadRequest,
			"filter by date and by leavePeriod.ownerId, owner.departmentId or owner.legalEntityId")
		return
	}
	if q.filters["isActive"] == nil {
		q.filters["isActive"] = func(v string) bool { return v == "true" }
	}
	if q.orderBy != "" && v3Sorts[q.orderBy] == nil {
		legacyError(w, http.StatusBadRequest, "cannot order by "+q.orderBy)
		return
	}
	writeJSON(w, http.StatusOK, s.v3LeaveList(q))
}

func (s *Service) v3LeaveList(q *v3Query) map[string]any {
	s.mu.RLock()
	defer s.mu.RUnlock()
	rows := []v3HalfDay{}
	for _, leave := range s.leaves.ordered {
		rows = s.v3Rows(rows, leave, q)
	}
	if compare := v3Sorts[q.orderBy]; compare != nil {
		slices.SortStableFunc(rows, func(a, b v3HalfDay) int {
			if q.descending {
				a, b = b, a
			}
			return compare(a, b)
		})
	}
	return s.v3List(q, len(rows), func(i int) any { return s.v3Row(rows[i].leave, rows[i].half) })
}

// v3HalfDay is a row before it is written: a company has very many.
type v3HalfDay struct {
	leave *Leave
	half  HalfDay
}

// v3Sorts are the fields half-days can be ordered by. Lucca documents orderBy for
// other lists only.
var v3Sorts = map[string]func(a, b v3HalfDay) int{
	"id": func(a, b v3HalfDay) int {
		return strings.Compare(halfDayID(a.leave.ID, a.half), halfDayID(b.leave.ID, b.half))
	},
	"date":          func(a, b v3HalfDay) int { return strings.Compare(a.half.Date, b.half.Date) },
	"leavePeriodId": func(a, b v3HalfDay) int { return cmp.Compare(a.leave.ID, b.leave.ID) },
	"creationDate":  func(a, b v3HalfDay) int { return a.leave.CreatedAt.Compare(b.leave.CreatedAt) },
}

// v3Rows adds the leave's half-days that pass the filters.
func (s *Service) v3Rows(rows []v3HalfDay, l *Leave, q *v3Query) []v3HalfDay {
	active := strconv.FormatBool(l.Status != Cancelled)
	pass := q.keeps("leavePeriod.ownerId", strconv.Itoa(l.Employee)) &&
		q.keeps("leavePeriod.owner.legalEntityId", strconv.Itoa(s.company.employees[l.Employee].LegalEntity)) &&
		q.keeps("leavePeriod.owner.departmentId", "") &&
		q.keeps("leaveAccountId", strconv.Itoa(l.Account.ID)) && q.keeps("isActive", active) &&
		q.keeps("creationDate", v3Time(l.CreatedAt)) && q.keeps("cancellationDate", v3Time(l.CancelledAt)) &&
		q.keeps("leavePeriod.confirmationDate", v3Time(l.ConfirmedAt)) &&
		q.keeps("leavePeriod.isConfirmed", strconv.FormatBool(!l.ConfirmedAt.IsZero()))
	if !pass {
		return rows
	}
	for _, half := range l.HalfDays() {
		if q.keeps("date", half.Date) {
			rows = append(rows, v3HalfDay{l, half})
		}
	}
	return rows
}

// v3Row is one half-day, as
// https://developers.luccasoftware.com/api-reference/legacy/timmi-absences/leaves/list-leaves
// shows it. The owner's e-mail is not in it, by Lucca's choice.
func (s *Service) v3Row(l *Leave, half HalfDay) map[string]any {
	owner := s.company.employees[l.Employee]
	return map[string]any{
		"id": halfDayID(l.ID, half), "date": half.Date, "isAm": half.AM,
		"leaveAccountId": l.Account.ID, "leaveAccount": map[string]any{"id": l.Account.ID, "name": l.Account.Name},
		"leavePeriodId": l.ID, "leavePeriod": map[string]any{
			"id": l.ID, "ownerId": l.Employee, "isConfirmed": !l.ConfirmedAt.IsZero(),
			"confirmationDate": orNull(v3Time(l.ConfirmedAt)), "attachmentId": nil,
			"owner": map[string]any{"id": owner.ID, "name": owner.Name(), "legalEntityId": owner.LegalEntity},
		},
		"value": orNull(clockText(half.Hours)), "creationDate": v3Time(l.CreatedAt), "isActive": l.Status != Cancelled,
		"cancellationDate": orNull(v3Time(l.CancelledAt)), "cancellationUserId": nil, "comment": "",
	}
}

func (s *Service) v3Leave(w http.ResponseWriter, req *http.Request) {
	period, _, _ := strings.Cut(req.PathValue("id"), "-")
	id, _ := strconv.Atoi(period)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if leave := s.leaves.byID[id]; leave != nil {
		for _, half := range leave.HalfDays() {
			if halfDayID(id, half) == req.PathValue("id") {
				s.answerOne(w, req, s.v3Row(leave, half))
				return
			}
		}
	}
	legacyError(w, http.StatusNotFound, "no such leave")
}

// answerOne answers a single v3 resource.
func (s *Service) answerOne(w http.ResponseWriter, req *http.Request, row map[string]any) {
	q, err := parseV3(req.URL.Query())
	if err != nil {
		legacyError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"header": s.v3Header(), "data": project(row, q.fields)})
}

// v3Users lists the people; see
// https://developers.lucca.fr/api-reference/legacy/directory/list-users. Those
// who left are shown only when they are asked for: by formerEmployees, or a filter on the
// contract's end.
func (s *Service) v3Users(w http.ResponseWriter, req *http.Request) {
	q, err := parseV3(req.URL.Query(), "id", "mail", "login", "formerEmployees", "dtContractStart", "dtContractEnd",
		"modifiedAt", "legalEntityId")
	if err != nil {
		legacyError(w, http.StatusBadRequest, err.Error())
		return
	}
	former := req.URL.Query().Get("formerEmployees") == "true" || q.filters["dtContractEnd"] != nil
	s.sortEmployees()
	s.mu.RLock()
	rows := []any{}
	for _, e := range s.company.ordered {
		if e.Left && !former {
			continue
		}
		if q.keeps("id", strconv.Itoa(e.ID)) && q.keeps("mail", e.Email) && q.keeps("login", e.Email) &&
			q.keeps("legalEntityId", strconv.Itoa(e.LegalEntity)) && q.keeps("dtContractStart", v3Start) &&
			q.keeps("dtContractEnd", v3End(e)) && q.keeps("modifiedAt", v3Time(s.company.created)) {
			rows = append(rows, s.v3UserRow(e))
		}
	}
	s.mu.RUnlock()
	q.order(rows)
	writeJSON(w, http.StatusOK, s.v3List(q, len(rows), func(i int) any { return rows[i] }))
}

const v3Start = "2020-01-01T00:00:00"

// v3End is the last day of somebody who left, "" of the others.
func v3End(e Employee) string {
	if e.Left {
		return "2020-12-31T00:00:00"
	}
	return ""
}

const frenchOfFrance = 1036

// cultures are those whose names are told.
var cultures = map[int]string{
	frenchOfFrance: "français (France)", 2057: "English (United Kingdom)", 1031: "Deutsch (Deutschland)",
}

func (e Employee) culture() int { return cmp.Or(e.Culture, frenchOfFrance) }

func (s *Service) v3UserRow(e Employee) map[string]any {
	return map[string]any{
		"id": e.ID, "name": e.Name(), "displayName": e.Name(), "firstName": e.GivenName, "lastName": e.FamilyName,
		"login": e.Email, "mail": e.Email, "modifiedAt": v3Time(s.company.created), "dtContractStart": v3Start,
		"dtContractEnd":  orNull(v3End(e)),
		"employeeNumber": "E" + strconv.Itoa(e.ID), "cultureID": e.culture(),
		"culture":       map[string]any{"id": e.culture(), "name": cultures[e.culture()]},
		"legalEntityId": e.LegalEntity, "legalEntity": map[string]any{"id": e.LegalEntity,
			"name": s.company.entities[e.LegalEntity].Name},
		"departmentId": nil, "department": nil, "managerId": nil, "manager": nil,
	}
}

func (s *Service) v3User(w http.ResponseWriter, req *http.Request) {
	id, _ := strconv.Atoi(req.PathValue("id"))
	employee, ok := s.Employee(id)
	if !ok {
		legacyError(w, http.StatusNotFound, "no such user")
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.answerOne(w, req, s.v3UserRow(employee))
}

// v4Establishments lists the legal entities in v4's envelope; see
// https://developers.lucca.fr/api-reference/legacy/organization/establishments/list-establishments.
func (s *Service) v4Establishments(w http.ResponseWriter, req *http.Request) {
	values := req.URL.Query()
	for name := range values {
		if !strings.Contains(" page limit id legalUnitId search isArchived ", " "+name+" ") {
			legacyError(w, http.StatusBadRequest, "unknown parameter "+name)
			return
		}
	}
	page, limit := number(values, "page", 1), number(values, "limit", 100)
	if page < 1 || limit < 1 || limit > 100 {
		legacyError(w, http.StatusBadRequest, "page is from 1, limit from 1 to 100")
		return
	}
	matching := s.matchingEstablishments(values)
	first := min((page-1)*limit, len(matching))
	last := min(first+limit, len(matching))
	body := map[string]any{"items": matching[first:last], "prev": nil, "next": nil}
	turn := func(name string, to int) {
		values.Set("page", strconv.Itoa(to))
		body[name] = s.cfg.Host + req.URL.Path + "?" + values.Encode()
	}
	if page > 1 {
		turn("prev", page-1)
	}
	if last < len(matching) {
		turn("next", page+1)
	}
	writeJSON(w, http.StatusOK, body)
}

func number(values url.Values, name string, fallback int) int {
	if !values.Has(name) {
		return fallback
	}
	n, err := strconv.Atoi(values.Get(name))
	if err != nil {
		return -1
	}
	return n
}

func (s *Service) matchingEstablishments(values url.Values) []any {
	oneOf := func(name, value string) bool {
		return !values.Has(name) || strings.Contains(","+values.Get(name)+",", ","+value+",")
	}
	search := strings.ToLower(values.Get("search"))
	matching := []any{}
	for _, e := range s.LegalEntities() {
		if oneOf("id", strconv.Itoa(e.ID)) && oneOf("legalUnitId", strconv.Itoa(legalUnit)) &&
			oneOf("isArchived", "false") &&
			strings.Contains(strings.ToLower(e.Name), search) {
			matching = append(matching, s.v4Establishment(e))
		}
	}
	return matching
}

func (s *Service) v4Establishment(e LegalEntity) map[string]any {
	unit := map[string]any{
		"id": legalUnit, "name": "Figgo Demo", "countryId": 250, "code": "DEMO", "headquartersId": 1,
		"isArchived": false,
		"country": map[string]any{"id": 250, "name": "France", "code": "FRA", "currencyCode": "EUR",
			"defaultTimeZone": "Europe/Paris"},
	}
	return map[string]any{
		"id": e.ID, "name": e.Name, "code": "E" + strconv.Itoa(e.ID), "legalUnitId": legalUnit, "legalUnit": unit,
		"calendarId": 1,
		"address":    map[string]any{"street": "", "zipCode": "", "city": ""}, "timezoneId": orNull(e.Zone),
		"usersCount": 0, "createdAt": s.created(), "isArchived": false,
	}
}
