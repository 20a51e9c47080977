package figgo

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
)

const (
	// v3Limit is how many rows v3 gives unless it is asked for more
	// (https://developers.lucca.fr/api-reference/legacy/timmi-absences/leaves/list-leaves),
	// maxRows what we ask for where one absence fills a page.
	v3Limit = 1000
	maxRows = 8000
	// lookBack is how many days before the query's date rows are listed, so that
	// an absence over that date is whole. maxGap is the longest we take two
	// half-days of one absence to be apart: one whose first row is not farther
	// than that from the window's edge may have begun before it.
	lookBack = 62
	maxGap   = 31
	// maxOwners is for how many employees earlier rows are asked for at once.
	maxOwners = 50

	leaveFields = "id,date,isAm,value,creationDate,isActive,cancellationDate,leaveAccountId,leaveAccount[id,name]," +
		"leavePeriodId,leavePeriod[id,ownerId,isConfirmed,confirmationDate],collection.count"
)

// v3Row is one half-day of a list. period is "" where it cannot be read, and
// leave counts only without a problem.
type v3Row struct {
	period  string
	leave   V3Leave
	problem error
}

func readRow(item value) v3Row {
	row := v3Row{}
	if row.problem = row.leave.UnmarshalJSON(item.raw); row.problem == nil {
		row.period = row.leave.LeavePeriodID
		return row
	}
	item = item.apart()
	lenient := item.members("id", "leavePeriodId", "leavePeriod")
	row.period = firstID(lenient.at("leavePeriodId").apart(), lenient.at("leavePeriod").apart().members("id").at("id"))
	if parts := halfDayID.FindStringSubmatch(lenient.at("id").apart().id()); row.period == "" && parts != nil {
		row.period = parts[1]
	}
	return row
}

// v3Leaves are the whole leave periods of one page.
type v3Leaves struct {
	rows   map[string][]V3Leave
	broken map[string]string // why a period cannot be read
	lost   []Skipped         // rows of which not even the period can be read
}

// Leaves implements Reader with GET /api/v3/leaves
// (https://developers.lucca.fr/api-reference/legacy/timmi-absences/leaves/list-leaves),
// whose rows are half-days. They are asked for by leave period, and the last
// period of a page is held back until the page that has all of it. Lucca does not
// document that leaves can be sorted: where it does not sort them, a list of more
// than one page fails with CodeUnordered rather than cut absences.
//
// The list begins two months before the date, so that absences over the date are
// whole; of those that may have begun even before that, the earlier half-days are
// asked for by employee. A page takes one call, rarely two.
func (c *LegacyClient) Leaves(ctx context.Context, query LeavesQuery) (LeavesPage, error) {
	if err := query.check(); err != nil {
		return LeavesPage{}, err
	}
	at := v3LeavesCursor{Total: unknownTotal}
	if query.Cursor != "" {
		if err := decodeCursor("leaves", "3l", query.Cursor, &at); err != nil {
			return LeavesPage{}, err
		}
	}
	part, err := c.readPart(ctx, query, at)
	if err != nil {
		return LeavesPage{}, err
	}
	if query.Cursor == "" && part.next == "" && len(part.rows) == 0 && query.Employee == "" {
		return LeavesPage{}, c.mustExist(ctx, query.LegalEntity)
	}
	periods := gather(part, at.Done)
	if err := c.addEarlier(ctx, query.Since, periods); err != nil {
		return LeavesPage{}, err
	}
	return periods.page(query, part.next), nil
}

// leavesQuery is the query of a list of half-days, sorted by leave period.
func leavesQuery(filter, wanted, date string) url.Values {
	return url.Values{filter: {wanted}, "date": {date}, "fields": {leaveFields}, "orderBy": {"leavePeriodId,asc"}}
}

// gather sorts rows by period and leaves out those up to done, which an earlier
// page had. A row without a period spoils its neighbours' periods.
func gather(part v3Part, done string) v3Leaves {
	periods := v3Leaves{rows: map[string][]V3Leave{}, broken: map[string]string{}}
	for i, row := range part.rows {
		switch {
		case fresh(row, done):
			periods.add(row)
		case row.period != "":
			continue
		case i >= part.start && i < part.end:
			periods.lost = append(periods.lost, Skipped{Reason: reasonOf(row.problem)})
			fallthrough
		default:
			periods.doubt(part.rows, i, done)
		}
	}
	return periods
}

// doubt spoils the periods on both sides of an unreadable row.
func (p *v3Leaves) doubt(rows []v3Row, i int, done string) {
	before, behind := i, i
	for before > 0 && rows[before].period == "" {
		before--
	}
	for behind < len(rows)-1 && rows[behind].period == "" {
		behind++
	}
	for _, near := range []v3Row{rows[before], rows[behind]} {
		if fresh(near, done) {
			p.broken[near.period] = "one of its half-days may be unreadable"
		}
	}
}

// fresh tells whether a row is of a period behind done.
func fresh(row v3Row, done string) bool {
	return row.period != "" && (done == "" || compareIDs(row.period, done) > 0)
}

func (p *v3Leaves) add(row v3Row) {
	if row.problem != nil {
		p.broken[row.period] = reasonOf(row.problem)
		return
	}
	p.rows[row.period] = append(p.rows[row.period], row.leave)
}

// addEarlier completes the periods that may have begun before the window, going
// back in wider and wider steps while any of them still touches the edge.
func (c *LegacyClient) addEarlier(ctx context.Context, since absence.Date, periods v3Leaves) error {
	edge := since.AddDays(-lookBack)
	for span := 3 * lookBack; ; span *= 3 {
		open := periods.touching(edge, since)
		if len(open) == 0 {
			return nil
		}
		if edge.DaysUntil(since) > maxSpan {
			for id := range open {
				periods.broken[id] = "it began too long ago"
			}
			return nil
		}
		from := edge.AddDays(-span)
		dates := "between," + from.String() + "," + edge.AddDays(-1).String()
		for owners := range slices.Chunk(slices.Compact(slices.Sorted(maps.Values(open))), maxOwners) {
			query := leavesQuery("leavePeriod.ownerId", strings.Join(owners, ","), dates)
			items, err := c.whole(ctx, bulk, "leaves", query)
			if err != nil {
				return err
			}
			for _, item := range items {
				if row := readRow(item); open[row.period] != "" {
					periods.add(row)
				}
			}
		}
		edge = from
	}
}

// touching returns the owners, by period, of absences over since whose first
// half-day is near edge.
func (p *v3Leaves) touching(edge, since absence.Date) map[string]string {
	open := map[string]string{}
	for id, rows := range p.rows {
		notice := fromPeriodRows(id, rows)
		first, last := notice.Absence.FirstDay(), notice.Absence.LastDay()
		switch {
		case p.broken[id] != "" || notice.Kind == Deleted:
		case last.Before(since) || !first.Before(edge.AddDays(maxGap)):
		case notice.EmployeeID == "":
			p.broken[id] = "leavePeriod.ownerId: it is missing"
		default:
			open[id] = notice.EmployeeID
		}
	}
	return open
}

// page makes the page of whole absences, in the order of their ids.
func (p *v3Leaves) page(query LeavesQuery, next string) LeavesPage {
	page := LeavesPage{Next: next, Skipped: p.lost}
	for id := range p.broken {
		delete(p.rows, id)
	}
	for _, id := range slices.SortedFunc(maps.Keys(p.rows), compareIDs) {
		notice := fromPeriodRows(id, p.rows[id])
		notice.LegalEntity = query.LegalEntity
		var problem error
		switch {
		case notice.Kind == Deleted:
		case notice.EmployeeID == "":
			problem = &BodyError{Field: "leavePeriod.ownerId", Problem: "it is missing"}
		case notice.Absence.Validate() != nil:
			problem = &BodyError{Field: "leavePeriod", Problem: "it has more days than an absence may have"}
		}
		page.put(query, notice, notice.Kind != Deleted, problem)
	}
	for _, id := range slices.SortedFunc(maps.Keys(p.broken), compareIDs) {
		page.Skipped = append(page.Skipped, Skipped{ID: id, Reason: p.broken[id]})
	}
	return page
}
