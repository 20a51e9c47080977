package figgo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// userFields are what we read of a user. Names are not among them.
const userFields = "id,mail,legalEntityId,cultureID,dtContractStart,dtContractEnd"

// establishments is the one v4 list we read.
const establishments = "organization/structure/api/establishments"

// LegalEntities implements Reader with v4's list of establishments
// (https://developers.lucca.fr/api-reference/legacy/organization/establishments/list-establishments):
// one call for a hundred of them.
func (c *LegacyClient) LegalEntities(ctx context.Context) ([]LegalEntity, error) {
	all, err := c.establishments(ctx, url.Values{"isArchived": {"false"}})
	if err != nil {
		return nil, err
	}
	zones := make(map[string]string, len(all))
	for _, entity := range all {
		zones[entity.ID] = entity.Zone
	}
	c.mu.Lock()
	c.zones, c.zonesAt = zones, c.now()
	c.mu.Unlock()
	slices.SortFunc(all, byName)
	return all, nil
}

// establishments reads all pages of {items, prev, next}. The next link is only
// looked at to see whether there is one.
func (c *LegacyClient) establishments(ctx context.Context, query url.Values) ([]LegalEntity, error) {
	var all []LegalEntity
	known := map[string]bool{}
	query.Set("limit", strconv.Itoa(v5Limit))
	for number := range maxPages {
		query.Set("page", strconv.Itoa(number+1))
		body, err := c.get(ctx, lists, "establishments", establishments, query)
		if err != nil {
			return nil, err
		}
		var problem error
		answer := bodyOf(body, &problem).members("items", "next")
		answer.of.mustBeObject()
		items := answer.at("items").required().items(maxListed)
		for _, item := range items {
			all = append(all, readLegalEntity(item, "timezoneId"))
		}
		more := answer.at("next").present()
		if problem != nil {
			return nil, unreadable("establishments", problem)
		}
		for _, entity := range all[len(all)-len(items):] {
			if known[entity.ID] {
				return nil, truncated("establishments", "the same one comes twice")
			}
			known[entity.ID] = true
		}
		switch {
		case more && len(items) == 0:
			return nil, truncated("establishments", "an empty page says that there are more")
		case !more:
			return all, nil
		}
	}
	return nil, truncated("establishments", "it has no end")
}

// mustExist tells a legal entity without absences from one that is not there. An
// archived one is there.
func (c *LegacyClient) mustExist(ctx context.Context, legalEntity string) error {
	found, err := c.establishments(ctx, url.Values{"id": {legalEntity}, "isArchived": {"true,false"}})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(found, func(e LegalEntity) bool { return e.ID == legalEntity }) {
		return ErrNoLegalEntity
	}
	return nil
}

// zoneOf returns the zone of a legal entity, from a list that is read once a day.
func (c *LegacyClient) zoneOf(ctx context.Context, legalEntity string) (string, error) {
	c.mu.Lock()
	zone, fresh := c.zones[legalEntity], c.zones != nil && c.now().Sub(c.zonesAt) < zoneTTL
	c.mu.Unlock()
	if fresh {
		return zone, nil
	}
	if _, err := c.LegalEntities(ctx); err != nil {
		return "", fmt.Errorf("read the time zones: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.zones[legalEntity], nil
}

// v3Cursor is where a v3 list of users goes on.
type v3Cursor struct {
	Offset int `json:"o"`
	Total  int `json:"t"`
}

// EmployeesPage implements Reader with GET /api/v3/users, a thousand a page
// (https://developers.lucca.fr/api-reference/legacy/directory/list-users). Lucca
// leaves out those who left.
func (c *LegacyClient) EmployeesPage(ctx context.Context, cursor, legalEntity string) (EmployeesPage, error) {
	at := v3Cursor{Total: unknownTotal}
	if cursor != "" {
		if err := decodeCursor("users", "3u", cursor, &at); err != nil {
			return EmployeesPage{}, err
		}
	}
	query := url.Values{"fields": {userFields + ",collection.count"}, "orderBy": {"id,asc"}}
	if legalEntity != "" {
		query.Set("legalEntityId", legalEntity)
	}
	page, err := c.list(ctx, bulk, "users", query, at.Offset, v3Limit)
	if err != nil {
		return EmployeesPage{}, err
	}
	if at.Offset > 0 && page.total != at.Total {
		return EmployeesPage{}, truncated("users", "the list changes while it is read")
	}
	read := EmployeesPage{}
	if !page.last {
		read.Next = encodeCursor("3u", v3Cursor{Offset: page.end(), Total: page.total})
	}
	for _, item := range page.items {
		if err := c.addUser(ctx, &read, item, legalEntity); err != nil {
			return EmployeesPage{}, err
		}
	}
	return read, nil
}

// addUser adds a user, unless he is of another legal entity: Lucca does not
// document the filter.
func (c *LegacyClient) addUser(ctx context.Context, page *EmployeesPage, item value, legalEntity string) error {
	item = item.apart()
	record := readUser(item, c.now())
	switch problem := *item.problem; {
	case problem != nil:
		page.Skipped = append(page.Skipped, Skipped{ID: record.Employee.ID, Reason: reasonOf(problem)})
		return nil
	case !oneOf(legalEntity, record.Employee.LegalEntity):
		return nil
	}
	err := c.complete(ctx, &record.Employee)
	page.Employees = append(page.Employees, record)
	return err
}

// readUser reads a v3 user. The end of a contract is its last day.
func readUser(item value, now time.Time) EmployeeRecord {
	user := item.required().members("id", "mail", "legalEntityId", "cultureID", "dtContractStart", "dtContractEnd")
	item.mustBeObject()
	record := EmployeeRecord{Status: EmployeeActive, Employee: Employee{
		ID: user.at("id").requiredID(), Email: user.at("mail").address(), LegalEntity: user.at("legalEntityId").id(),
		Language: languageOf(user.at("cultureID").apart().id()),
	}}
	today := absence.DateOf(now.UTC())
	// A date far away is .NET's "never"; it must not hide the user.
	start, end := user.at("dtContractStart").apart().date(), user.at("dtContractEnd").apart().date()
	switch {
	case !end.IsZero() && end.Before(today):
		record.Status, record.Employee.Left = EmployeeDeactivated, true
	case today.Before(start):
		record.Status = EmployeeUpcoming
	}
	return record
}

// languageOf is the language of a culture, which Lucca tells by Windows' number of it: its
// ten low bits are the language's, the rest the country's
// (learn.microsoft.com/openspecs/windows_protocols/ms-lcid).
func languageOf(culture string) absence.Language {
	const languageBits, english, french = 0x3ff, 0x09, 0x0c
	number, err := strconv.ParseUint(culture, 10, 32)
	if err != nil {
		return ""
	}
	switch number & languageBits {
	case english:
		return absence.English
	case french:
		return absence.French
	}
	return ""
}

// complete adds the zone.
func (c *LegacyClient) complete(ctx context.Context, employee *Employee) error {
	if employee.LegalEntity == "" {
		return nil
	}
	var err error
	employee.Zone, err = c.zoneOf(ctx, employee.LegalEntity)
	return err
}

// Employee returns the employee with the v3 id, also one who left; ErrNoEmployee
// when there is none. It takes one call, and one a day for all zones.
func (c *LegacyClient) Employee(ctx context.Context, id string) (Employee, error) {
	if !pathID.MatchString(id) {
		return Employee{}, ErrNoEmployee
	}
	body, err := c.get(ctx, lookups, "users", "api/v3/users/"+id, url.Values{"fields": {userFields}})
	if apiErr, ok := errors.AsType[*APIError](err); ok && apiErr.NotFound() {
		return Employee{}, fmt.Errorf("%w: %w", ErrNoEmployee, err)
	}
	if err != nil {
		return Employee{}, err
	}
	var problem error
	employee := readUser(bodyOf(body, &problem).members("data").at("data"), c.now()).Employee
	switch {
	case problem != nil:
		return Employee{}, unreadable("users", problem)
	case employee.ID != id:
		return Employee{}, unreadable("users", errors.New("the answer is another user than the one asked for"))
	}
	err = c.complete(ctx, &employee)
	return employee, err
}

// EmployeeByEmail is Employee for an address, compared without case. Where
// several have it, the one who is active is meant; ErrAmbiguousEmail when not
// exactly one is.
func (c *LegacyClient) EmployeeByEmail(ctx context.Context, email string) (Employee, error) {
	if email == "" || email == "null" || strings.Contains(email, ",") {
		return Employee{}, ErrNoEmployee
	}
	query := url.Values{"fields": {userFields + ",collection.count"}, "mail": {email}, "formerEmployees": {"true"}}
	page, err := c.list(ctx, lookups, "users", query, 0, maxEmployees)
	if err != nil {
		return Employee{}, err
	}
	var found []EmployeeRecord
	var problem error
	for _, item := range page.items {
		item.problem = &problem
		if record := readUser(item, c.now()); strings.EqualFold(record.Employee.Email, email) {
			found = append(found, record)
		}
	}
	switch {
	case problem != nil:
		return Employee{}, unreadable("users", problem)
	case len(found) == 0 && len(page.items) > 0:
		return Employee{}, unreadable("users", errors.New("the answer has other users than the one asked for"))
	}
	employee, err := OneMeant(found)
	if err != nil {
		return Employee{}, err
	}
	err = c.complete(ctx, &employee)
	return employee, err
}
