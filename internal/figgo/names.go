package figgo

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
)

// Person is an employee as people know him, for pages and answers that somebody
// waits for. It must stay in memory: Employee, which workflows hold, has no name,
// so that none comes into a history or an index. Printed or logged it is its id.
type Person struct {
	ID string
	// Name is the given and the family name, "" where Lucca shows neither.
	Name string
	// Email is the professional address, "" when Lucca has none.
	Email string
}

// String is the id.
func (p Person) String() string { return p.ID }

// LogValue is the id.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.ID) }

// PeoplePage is one page of people.
type PeoplePage struct {
	// People are those who can be read; others are left out.
	People []Person
	// Next is the cursor of the next page, "" on the last one.
	Next string
}

// PeopleReader reads the names of a Source's employees. Client and LegacyClient
// are. Errors are *APIError.
type PeopleReader interface {
	// PeoplePage returns one page of those who have not left: a hundred people in
	// v5, a thousand in v3, in the order of their ids. cursor is "" for the first.
	PeoplePage(ctx context.Context, cursor string) (PeoplePage, error)
	// People returns those with the ids, also those who left, by one call. Ids
	// beyond the first MostPeople, and those that Lucca does not know, are left
	// out.
	People(ctx context.Context, ids []string) ([]Person, error)
}

// MostPeople is how many values Lucca takes in one filter
// (https://developers.lucca.fr/documentation/using-api/filtering).
const MostPeople = 100

var (
	_ PeopleReader = (*Client)(nil)
	_ PeopleReader = (*LegacyClient)(nil)
)

// PeoplePage implements PeopleReader with GET /lucca-api/employees
// (https://developers.lucca.fr/api-reference/latest/employees).
func (c *Client) PeoplePage(ctx context.Context, cursor string) (PeoplePage, error) {
	page, err := c.page(ctx, v5List{tokens: c.tokens, kind: bulk, resource: "employees", limit: v5Limit,
		query: url.Values{
			"status":  {string(EmployeeActive) + "," + string(EmployeeUpcoming)},
			"include": {"links,totalCount"},
		}}, cursor)
	if err != nil {
		return PeoplePage{}, err
	}
	return PeoplePage{People: readPeople(page.items, readPerson), Next: page.next}, nil
}

// People implements PeopleReader with the list's filter on the id.
func (c *Client) People(ctx context.Context, ids []string) ([]Person, error) {
	ids = askable(ids, pathID.MatchString)
	if len(ids) == 0 {
		return nil, nil
	}
	query := url.Values{"id": {strings.Join(ids, ",")}, "status": {allStatuses}, "limit": {"100"}}
	body, err := c.get(ctx, query, "employees")
	if err != nil {
		return nil, err
	}
	var problem error
	answer := bodyOf(body, &problem).members("items")
	answer.of.mustBeObject()
	items := answer.at("items").required().items(maxEmployees)
	if problem != nil {
		return nil, unreadable("employees", problem)
	}
	return only(ids, readPeople(items, readPerson)), nil
}

// PeoplePage implements PeopleReader with GET /api/v3/users
// (https://developers.lucca.fr/api-reference/legacy/directory/list-users).
func (c *LegacyClient) PeoplePage(ctx context.Context, cursor string) (PeoplePage, error) {
	at := v3Cursor{Total: unknownTotal}
	if cursor != "" {
		if err := decodeCursor("users", "3n", cursor, &at); err != nil {
			return PeoplePage{}, err
		}
	}
	query := url.Values{"fields": {nameFields}, "orderBy": {"id,asc"}}
	page, err := c.list(ctx, bulk, "users", query, at.Offset, v3Limit)
	if err != nil {
		return PeoplePage{}, err
	}
	read := PeoplePage{People: readPeople(page.items, readNamedUser)}
	if !page.last {
		read.Next = encodeCursor("3n", v3Cursor{Offset: page.end(), Total: page.total})
	}
	return read, nil
}

// People implements PeopleReader with the list's filter on the id.
func (c *LegacyClient) People(ctx context.Context, ids []string) ([]Person, error) {
	ids = askable(ids, isNumber)
	if len(ids) == 0 {
		return nil, nil
	}
	query := url.Values{"fields": {nameFields}, "id": {strings.Join(ids, ",")}, "formerEmployees": {"true"}}
	page, err := c.list(ctx, lookups, "users", query, 0, maxEmployees)
	if err != nil {
		return nil, err
	}
	return only(ids, readPeople(page.items, readNamedUser)), nil
}

// nameFields are what we read of a user for people, beside userFields.
const nameFields = "id,firstName,lastName,mail,collection.count"

// askable are the first ids that a filter can name: a comma would ask for
// several, "null" for those who have none.
func askable(ids []string, good func(string) bool) []string {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "null" || len(id) > maxID || !good(id) })
	return ids[:min(len(ids), MostPeople)]
}

// only drops whom nobody asked for: a server that does not know the filter would
// give us anybody.
func only(ids []string, found []Person) []Person {
	return slices.DeleteFunc(found, func(p Person) bool { return !slices.Contains(ids, p.ID) })
}

// readPeople leaves out whom it cannot read: his id is shown instead.
func readPeople(items []value, read func(value) Person) []Person {
	people := make([]Person, 0, len(items))
	for _, item := range items {
		item = item.apart()
		if person := read(item); *item.problem == nil {
			people = append(people, person)
		}
	}
	return people
}

func readPerson(item value) Person {
	item.required().mustBeObject()
	employee := item.members("id", "givenName", "familyName", "email")
	return personOf(employee.at("id"), employee.at("givenName"), employee.at("familyName"), employee.at("email"))
}

func readNamedUser(item value) Person {
	item.required().mustBeObject()
	user := item.members("id", "firstName", "lastName", "mail")
	return personOf(user.at("id"), user.at("firstName"), user.at("lastName"), user.at("mail"))
}

func personOf(id, given, family, email value) Person {
	return Person{ID: id.requiredID(), Name: strings.TrimSpace(given.name() + " " + family.name()),
		Email: email.address()}
}
