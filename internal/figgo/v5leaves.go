package figgo

import (
	"context"
	"errors"
	"net/url"
)

// Leaves implements Reader with GET /lucca-api/leaves. No page of Lucca's lists
// its parameters: these are the ones all v5 lists have
// (https://developers.lucca.fr/documentation/using-api/filtering) and the ones
// in its samples. It takes one call a page, and one more where the first page is
// empty.
func (c *Client) Leaves(ctx context.Context, query LeavesQuery) (LeavesPage, error) {
	if err := query.check(); err != nil {
		return LeavesPage{}, err
	}
	list := v5List{tokens: c.leaveTokens, kind: bulk, resource: "leaves", limit: pageSize(query.Limit, v5Limit),
		query: url.Values{
			"endsOn.between": {query.Since.String() + "--.."},
			"status":         {"tentative,confirmed"},
			"include":        {"links,totalCount,embedded"},
		}}
	if query.Employee != "" {
		list.query.Set("employee.id", query.Employee)
	} else {
		list.query.Set("employee.applicableJobPosition.businessEstablishment.id", query.LegalEntity)
	}
	page, err := c.page(ctx, list, query.Cursor)
	if err != nil {
		return LeavesPage{}, err
	}
	if query.Cursor == "" && len(page.items) == 0 && query.Employee == "" {
		if err := c.mustExist(ctx, query.LegalEntity); err != nil {
			return LeavesPage{}, err
		}
	}
	read := LeavesPage{Next: page.next}
	for _, item := range page.items {
		read.add(query, page.answer, item)
	}
	return read, nil
}

// check refuses a query that would ask for something else.
func (q LeavesQuery) check() error {
	switch {
	case q.Employee != "" && !pathID.MatchString(q.Employee):
		return &APIError{Resource: "leaves", Code: CodeConfiguration, Err: errors.New("name one employee")}
	case q.Employee == "" && (q.LegalEntity == "null" || !pathID.MatchString(q.LegalEntity)):
		return &APIError{Resource: "leaves", Code: CodeConfiguration, Err: errors.New("name one legal entity")}
	case q.Since.IsZero():
		return &APIError{Resource: "leaves", Code: CodeConfiguration, Err: errors.New("name the first day")}
	}
	return nil
}

// mustExist tells a legal entity without absences from one that is not there:
// Lucca lists nothing for both.
func (c *Client) mustExist(ctx context.Context, legalEntity string) error {
	body, err := c.one(ctx, "business-establishments", legalEntity)
	if err == nil && body == nil {
		return ErrNoLegalEntity
	}
	return err
}

// add adds a leave, unless it is over before the query's date or cancelled.
func (p *LeavesPage) add(query LeavesQuery, answer members, item value) {
	item = item.apart()
	notice, counts := readListedLeave(answer, item)
	notice.LegalEntity = query.LegalEntity
	p.put(query, notice, counts, *item.problem)
}

// put files what was read of one absence.
func (p *LeavesPage) put(query LeavesQuery, notice Notice, counts bool, problem error) {
	switch {
	case problem != nil:
		p.Skipped = append(p.Skipped, Skipped{ID: notice.AbsenceID, Reason: reasonOf(problem)})
	case counts && !notice.Absence.LastDay().Before(query.Since):
		p.Notices = append(p.Notices, notice)
	}
}

// reasonOf is the text of a BodyError, without what does not hold for a row.
func reasonOf(problem error) string {
	if bodyErr, ok := errors.AsType[*BodyError](problem); ok {
		return bodyErr.Field + ": " + bodyErr.Problem
	}
	return problem.Error()
}

// readListedLeave reads a leave of a list. counts is false for a cancelled one.
func readListedLeave(answer members, item value) (notice Notice, counts bool) {
	leave := item.required().members("id", "status", "employee", "leaveAccount", "startsOn", "startPosition",
		"endsOn", "endPosition", "days", "totalDuration", "createdAt", "lastUpdatedAt", "embedded")
	item.mustBeObject()
	notice.AbsenceID = leave.at("id").requiredID()
	notice.Kind = kindOf("", leave.at("status"))
	switch notice.Kind {
	case Deleted:
		return notice, false
	case Ignored:
		leave.at("status").fail("it is not one we know")
		return notice, false
	}
	notice.ChangedAt = leave.at("lastUpdatedAt").instant()
	if notice.ChangedAt.IsZero() {
		notice.ChangedAt = leave.at("createdAt").required().instant()
	}
	notice.OccurredAt = notice.ChangedAt
	notice.EmployeeID = reference(leave.at("employee").required())
	notice.Absence = readLeave(leave, notice.Kind == Approved)
	notice.Absence.Account, notice.Absence.AccountName = readAccount(answer, leave)
	return notice, true
}
