package figgo

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxPages bounds the pages of a list that is read as a whole.
const maxPages = 200

// LegalEntities implements Reader with GET /lucca-api/business-establishments
// (https://developers.lucca.fr/api-reference/latest/business-establishments): one
// call for a hundred of them.
func (c *Client) LegalEntities(ctx context.Context) ([]LegalEntity, error) {
	list := v5List{
		tokens: c.tokens, kind: lists, resource: "business-establishments", limit: v5Limit,
		query: url.Values{"isArchived": {"false"}, "include": {"links,totalCount"}},
	}
	var all []LegalEntity
	cursor := ""
	for range maxPages {
		page, err := c.page(ctx, list, cursor)
		if err != nil {
			return nil, err
		}
		for _, item := range page.items {
			entity := readLegalEntity(item, "timezoneId")
			all = append(all, entity)
			c.zones.Add(entity.ID, zone{name: entity.Zone, at: c.now()})
		}
		if *page.answer.of.problem != nil {
			return nil, unreadable(list.resource, *page.answer.of.problem)
		}
		if cursor = page.next; cursor == "" {
			c.listed.Store(c.now().Unix())
			slices.SortFunc(all, byName)
			return all, nil
		}
	}
	return nil, truncated(list.resource, "it has no end")
}

// readLegalEntity reads an establishment of v5 or v4.
func readLegalEntity(item value, zoneField string) LegalEntity {
	entity := item.members("id", "name", zoneField)
	item.required().mustBeObject()
	return LegalEntity{ID: entity.at("id").requiredID(), Name: entity.at("name").name(),
		Zone: knownZone(entity.at(zoneField).text())}
}

// knownZone returns an IANA zone, "" for one that this machine does not know.
func knownZone(name string) string {
	name = strings.TrimSpace(name)
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return ""
	}
	return name
}

// EmployeesPage implements Reader with GET /lucca-api/employees, a hundred a
// page, job positions embedded. The zones cost one call a day, for all of them.
func (c *Client) EmployeesPage(ctx context.Context, cursor, legalEntity string) (EmployeesPage, error) {
	list := v5List{tokens: c.tokens, kind: bulk, resource: "employees", limit: v5Limit, query: url.Values{
		"status":  {string(EmployeeActive) + "," + string(EmployeeUpcoming)},
		"include": {"links,totalCount,embedded"},
	}}
	if legalEntity != "" {
		list.query.Set("applicableJobPosition.businessEstablishment.id", legalEntity)
	}
	if listed := time.Unix(c.listed.Load(), 0); c.now().Sub(listed) >= zoneTTL {
		if _, err := c.LegalEntities(ctx); err != nil {
			return EmployeesPage{}, fmt.Errorf("read the time zones: %w", err)
		}
	}
	page, err := c.page(ctx, list, cursor)
	if err != nil {
		return EmployeesPage{}, err
	}
	return c.completeEmployees(ctx, page, legalEntity)
}

func (c *Client) completeEmployees(ctx context.Context, page v5Page, legalEntity string) (EmployeesPage, error) {
	read := EmployeesPage{Next: page.next}
	var found []listedEmployee
	for _, item := range page.items {
		item = item.apart()
		listed := readEmployee(item)
		if problem := *item.problem; problem != nil {
			read.Skipped = append(read.Skipped, Skipped{ID: listed.id, Reason: reasonOf(problem)})
			continue
		}
		found = append(found, listed)
	}
	embedEstablishments(page.answer.at("embedded"), found)
	for _, listed := range found {
		if listed.embeddedEstablishment == "" && !strings.Contains(legalEntity, ",") {
			listed.embeddedEstablishment = legalEntity
		}
		// A call for each of many is not worth it: a look-up will ask for him.
		if listed.embeddedEstablishment == "" && listed.jobPosition != "" {
			read.Skipped = append(read.Skipped, Skipped{ID: listed.id, Reason: "Lucca does not show the job position"})
			continue
		}
		employee, err := c.complete(ctx, listed)
		if err != nil {
			return EmployeesPage{}, err
		}
		read.Employees = append(read.Employees,
			EmployeeRecord{Employee: employee, Status: EmployeeStatus(listed.status)})
	}
	return read, nil
}
