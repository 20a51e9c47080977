package figgo

import (
	"context"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
)

// Reader reads one Source by pages, for initializations and for the directory.
// Client is one over Lucca's v5 API, LegacyClient one over v3 and v4; both read
// the same absences. Every method stays under Lucca's limit of calls and obeys
// ctx. Its errors are *APIError or wrap ErrNoLegalEntity.
//
// An empty or failed read says nothing about absences that were there before: a
// list is complete only when every page up to the one without Next was read, and
// even then it is no reason to delete anything. Where a Temporary error of one
// page (CodeTruncated above all) stays through many tries, the list itself has
// changed under the cursor, or the cursor is of another generation (CodeCursor):
// start it anew from the first page.
type Reader interface {
	// Leaves returns one page of a legal entity's absences. ErrNoLegalEntity says
	// that Lucca has no such legal entity; one without absences gives an empty,
	// last page.
	Leaves(ctx context.Context, query LeavesQuery) (LeavesPage, error)
	// LegalEntities returns all that are not archived, by name.
	LegalEntities(ctx context.Context) ([]LegalEntity, error)
	// EmployeesPage returns one page of the employees who have not left. cursor is
	// "" for the first page. legalEntity is an id, or up to 100 with commas
	// between; "" is everybody.
	EmployeesPage(ctx context.Context, cursor, legalEntity string) (EmployeesPage, error)
}

var (
	_ Reader = (*Client)(nil)
	_ Reader = (*LegacyClient)(nil)
)

// LeavesQuery says which absences to list.
type LeavesQuery struct {
	// LegalEntity is where the employees are now, not where they were when they
	// were absent.
	LegalEntity string
	// Employee asks for one employee's absences instead, whatever their legal entity;
	// "" for those of LegalEntity.
	Employee string
	// Since is the first day of interest, inclusive: an absence counts when its
	// last half-day is on that day or later, even when it began before.
	Since absence.Date
	// Cursor is LeavesPage.Next of the page before, "" for the first page. It is
	// opaque, and short.
	Cursor string
	// Limit is how many of Lucca's own rows a page has at most: leaves in v5 (100
	// at most), half-days in v3 (1000 at most). 0 is the most.
	Limit int
}

// LeavesPage is one page of absences.
type LeavesPage struct {
	// Notices are whole absences, Requested or Approved. ChangedAt is when Lucca
	// last changed the absence, so that news from a webhook wins over an older
	// page, and OccurredAt is the same. LegalEntity is the query's.
	Notices []Notice
	// Next is the cursor of the next page, "" on the last one.
	Next string
	// Skipped are the absences that cannot be read. They are in no other page.
	Skipped []Skipped
}

// Skipped is a row of a list that cannot be read.
type Skipped struct {
	// ID is the absence's or the employee's id, "" where even that is unreadable.
	ID string
	// Reason is a short text in English that holds nothing of the row.
	Reason string
}

// LegalEntity is a v5 business-establishment, which v3 calls a legal entity and
// v4 an establishment.
type LegalEntity struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Zone is the IANA time zone, "" when Lucca has none.
	Zone string `json:"zone,omitempty"`
}

// EmployeeStatus is whether somebody works in the company.
type EmployeeStatus string

// The statuses of an employee, as the v5 API spells them. The legacy API has
// dates of the contract instead.
const (
	EmployeeActive      EmployeeStatus = "active"
	EmployeeUpcoming    EmployeeStatus = "upcoming"
	EmployeeDeactivated EmployeeStatus = "deactivated"
)

// EmployeeRecord is an employee of a list.
type EmployeeRecord struct {
	Employee Employee
	Status   EmployeeStatus
}

// EmployeesPage is one page of employees.
type EmployeesPage struct {
	Employees []EmployeeRecord
	// Next is the cursor of the next page, "" on the last one.
	Next string
	// Skipped are employees that cannot be read or whose legal entity we may not
	// see.
	Skipped []Skipped
}

// byName orders legal entities as people look for them.
func byName(a, b LegalEntity) int {
	if order := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); order != 0 {
		return order
	}
	return compareIDs(a.ID, b.ID)
}

// compareIDs orders ids as numbers where they are numbers.
func compareIDs(a, b string) int {
	if isNumber(a) && isNumber(b) {
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		if len(a) != len(b) {
			return len(a) - len(b)
		}
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// OneMeant returns the one of several employees with one e-mail who is meant:
// the only one, or the only active one.
func OneMeant(found []EmployeeRecord) (Employee, error) {
	if len(found) == 1 {
		return found[0].Employee, nil
	}
	active := slices.DeleteFunc(slices.Clone(found), func(r EmployeeRecord) bool { return r.Status != EmployeeActive })
	switch {
	case len(active) == 1:
		return active[0].Employee, nil
	case len(found) == 0:
		return Employee{}, ErrNoEmployee
	}
	return Employee{}, ErrAmbiguousEmail
}

// pageSize is the number of rows to ask for.
func pageSize(limit, most int) int {
	if limit <= 0 {
		return most
	}
	return min(limit, most)
}
