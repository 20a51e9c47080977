package figgo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// zoneTTL is how long an establishment's zone is believed.
	zoneTTL  = 24 * time.Hour
	maxZones = 10_000
	// maxEmployees bounds the employees of one answer: Lucca's page.
	maxEmployees = 100
)

// allStatuses are all there are. The filter names them so that people who have
// not started yet are found, and those who left: their absences may still be
// deleted.
const allStatuses = "active,upcoming,deactivated"

// zone is the time zone of an establishment and when it was read.
type zone struct {
	name string
	at   time.Time
}

// listedEmployee is one item of the list of employees.
type listedEmployee struct {
	id, email, status     string
	jobPosition           string
	embeddedEstablishment string
}

// Employee returns the employee with the v5 id. It takes one call to Lucca, two
// where the establishment's zone is not known yet; ErrNoEmployee when there is
// none (https://developers.lucca.fr/api-reference/latest/employees).
func (c *Client) Employee(ctx context.Context, id string) (Employee, error) {
	return c.find(ctx, "id", id, func(e listedEmployee) bool { return e.id == id })
}

// EmployeeByEmail is Employee for a professional address, compared without case.
// Where several employees have it, the one who is active is meant;
// ErrAmbiguousEmail when not exactly one is.
func (c *Client) EmployeeByEmail(ctx context.Context, email string) (Employee, error) {
	return c.find(ctx, "email", email, func(e listedEmployee) bool { return strings.EqualFold(e.email, email) })
}

// find asks for the employees with filter=wanted. A comma would ask for several
// and "null" for those who have none.
func (c *Client) find(ctx context.Context, filter, wanted string, matches func(listedEmployee) bool) (Employee, error) {
	if wanted == "" || wanted == "null" || strings.Contains(wanted, ",") {
		return Employee{}, ErrNoEmployee
	}
	query := url.Values{filter: {wanted}, "status": {allStatuses}, "include": {"embedded"}}
	body, err := c.get(ctx, query, "employees")
	if apiErr, ok := errors.AsType[*APIError](err); ok && apiErr.NotFound() {
		return Employee{}, fmt.Errorf("%w: %w", ErrNoEmployee, err)
	}
	if err != nil {
		return Employee{}, err
	}
	found, err := readEmployees(body)
	switch {
	case err != nil:
		return Employee{}, unreadable("employees", err)
	case len(found) == 0:
		return Employee{}, ErrNoEmployee
	}
	if found = slices.DeleteFunc(found, func(e listedEmployee) bool { return !matches(e) }); len(found) == 0 {
		// A server that does not know the filter would give us anybody.
		return Employee{}, unreadable("employees", errors.New("the answer has other employees than the one asked for"))
	}
	one, err := meant(found)
	if err != nil {
		return Employee{}, err
	}
	return c.complete(ctx, one)
}

// meant returns the only one found, or the only active one: the rule of OneMeant,
// before anything else is asked for.
func meant(found []listedEmployee) (listedEmployee, error) {
	var records []EmployeeRecord
	for _, listed := range found {
		records = append(records, EmployeeRecord{Employee: Employee{ID: listed.id},
			Status: EmployeeStatus(listed.status)})
	}
	one, err := OneMeant(records)
	if err != nil {
		return listedEmployee{}, err
	}
	return found[slices.IndexFunc(found, func(e listedEmployee) bool { return e.id == one.ID })], nil
}

// readEmployees reads the list with what is embedded. Names are not read.
func readEmployees(body []byte) ([]listedEmployee, error) {
	var problem error
	answer := bodyOf(body, &problem).members("items", "embedded")
	answer.of.mustBeObject()
	var found []listedEmployee
	for _, item := range answer.at("items").required().items(maxEmployees) {
		found = append(found, readEmployee(item))
	}
	embedEstablishments(answer.at("embedded"), found)
	return found, problem
}

func readEmployee(item value) listedEmployee {
	employee := item.members("id", "email", "status", "applicableJobPosition")
	return listedEmployee{
		id: employee.at("id").requiredID(), email: employee.at("email").address(),
		status: employee.at("status").text(), jobPosition: reference(employee.at("applicableJobPosition")),
	}
}

// embedEstablishments completes employees by their embedded job positions. Lucca
// may leave some out, or all; what is unreadable counts as left out.
func embedEstablishments(embedded value, found []listedEmployee) {
	var ids []string
	for _, listed := range found {
		if listed.jobPosition != "" {
			ids = append(ids, listed.jobPosition)
		}
	}
	positions := embedded.apart().members("job-position").at("job-position").members(ids...)
	for i, listed := range found {
		position := positions.at(listed.jobPosition).apart()
		establishment := reference(position.members("businessEstablishment").at("businessEstablishment"))
		if *position.problem == nil {
			found[i].embeddedEstablishment = establishment
		}
	}
}

// complete adds legal entity and zone. Lucca embeds the job position where the
// key has the right to it; where it did not, the position is asked for.
func (c *Client) complete(ctx context.Context, listed listedEmployee) (Employee, error) {
	employee := Employee{ID: listed.id, Email: listed.email, LegalEntity: listed.embeddedEstablishment,
		Left: EmployeeStatus(listed.status) == EmployeeDeactivated}
	if employee.LegalEntity == "" && listed.jobPosition != "" {
		var err error
		if employee.LegalEntity, err = c.establishmentOf(ctx, listed.jobPosition); err != nil {
			return Employee{}, err
		}
	}
	if employee.LegalEntity == "" {
		return employee, nil
	}
	var err error
	employee.Zone, err = c.zoneOf(ctx, employee.LegalEntity)
	if err != nil {
		return Employee{}, err
	}
	return employee, nil
}

// establishmentOf returns the establishment of a job position, "" when the
// position is not there.
func (c *Client) establishmentOf(ctx context.Context, jobPosition string) (string, error) {
	body, err := c.one(ctx, "job-positions", jobPosition)
	if body == nil || err != nil {
		return "", err
	}
	var problem error
	id := reference(bodyOf(body, &problem).members("businessEstablishment").at("businessEstablishment"))
	if problem != nil {
		return "", unreadable("job-positions", problem)
	}
	return id, nil
}

// zoneOf returns the IANA zone of an establishment; "" when it has none, is not
// there, or has one that this machine does not know
// (https://developers.lucca.fr/api-reference/latest/business-establishments).
func (c *Client) zoneOf(ctx context.Context, establishment string) (string, error) {
	if cached, ok := c.zones.Get(establishment); ok && c.now().Sub(cached.at) < zoneTTL {
		return cached.name, nil
	}
	body, err := c.one(ctx, "business-establishments", establishment)
	if err != nil {
		return "", err
	}
	name := ""
	if body != nil {
		var problem error
		answer := bodyOf(body, &problem).members("timezoneId")
		answer.of.mustBeObject()
		if name = knownZone(answer.at("timezoneId").text()); problem != nil {
			return "", unreadable("business-establishments", problem)
		}
	}
	c.zones.Add(establishment, zone{name: name, at: c.now()})
	return name, nil
}

// pathID is an id that can stand in a path as it is.
var pathID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// one asks for one resource; the body is nil when it is not there.
func (c *Client) one(ctx context.Context, resource, id string) ([]byte, error) {
	if !pathID.MatchString(id) {
		return nil, unreadable(resource, errors.New("its id has other characters than letters, digits, - and _"))
	}
	body, err := c.get(ctx, nil, resource, id)
	if apiErr, ok := errors.AsType[*APIError](err); ok && apiErr.NotFound() {
		return nil, nil
	}
	return body, err
}
