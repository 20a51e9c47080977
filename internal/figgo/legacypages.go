package figgo

import (
	"context"
	"errors"
	"net/http"
)

// v3LeavesCursor is where a list of half-days goes on. Offsets move when rows come
// or go before them; the periods, which are in order, do not.
type v3LeavesCursor struct {
	// Done is the last period returned, and Offset where the rows behind it were.
	Done   string `json:"d"`
	Offset int    `json:"o"`
	// Seen counts the rows so far, and Total is what there were to be at first.
	Seen  int `json:"s"`
	Total int `json:"t"`
}

// maxSteps bounds the calls that look for the place where a list goes on.
const maxSteps = 12

// v3Part are rows that were read together.
type v3Part struct {
	rows []v3Row
	// start to end are the rows of whole periods behind the cursor. Before start
	// are rows that were seen, and from end on only such that nobody can tell to
	// which period they belong.
	start, end int
	next       string // the cursor behind them
}

// readPart reads the rows of whole periods behind the cursor, and where the list
// goes on. The row before the place is read again: when it is not of a period
// that was returned, rows have gone and we step back, or we would miss some.
func (c *LegacyClient) readPart(ctx context.Context, query LeavesQuery, at v3LeavesCursor) (v3Part, error) {
	dates := "since," + query.Since.AddDays(-lookBack).String()
	filter := leavesQuery("leavePeriod.owner.legalEntityId", query.LegalEntity, dates)
	if query.Employee != "" {
		filter = leavesQuery("leavePeriod.ownerId", query.Employee, dates)
	}
	offset, limit := max(0, at.Offset-1), pageSize(query.Limit, v3Limit)
	for range maxSteps {
		page, err := c.list(ctx, bulk, "leaves", filter, offset, limit)
		if err != nil {
			return v3Part{}, err
		}
		rows, err := page.rows()
		if err != nil {
			return v3Part{}, err
		}
		start, end := whole(rows, at.Done, page.last)
		switch {
		case offset > 0 && start == 0: // also an empty page: the list may be shorter now
			offset = max(0, offset-limit)
		case at.Done != "" && len(rows) == 0:
			return v3Part{}, truncated("leaves", "the page is empty where there were to be more half-days")
		case page.last:
			if at.Seen+end-start < expected(at.Total, page.total) {
				return v3Part{}, truncated("leaves", "the list ends before its count")
			}
			return v3Part{rows: rows, start: start, end: end}, nil
		case end > start:
			next := encodeCursor("3l", at.after(page, rows[:end], start))
			return v3Part{rows: rows[:behind(rows, end)], start: start, end: end, next: next}, nil
		case start == len(rows): // all of them were returned before
			offset = page.end() - 1
		case limit == maxRows:
			return v3Part{}, unreadable("leaves", errors.New("a leave period has too many half-days"))
		}
		limit = min(2*limit, maxRows)
	}
	return v3Part{}, truncated("leaves", "the pages do not go on")
}

// rows reads the rows and makes sure of their order, which only a list that is on
// one page can do without.
func (p v3Page) rows() ([]v3Row, error) {
	rows := make([]v3Row, len(p.items))
	newest := ""
	for i, item := range p.items {
		rows[i] = readRow(item)
		if rows[i].period == "" {
			continue
		}
		if newest != "" && compareIDs(rows[i].period, newest) < 0 && (p.offset > 0 || !p.last) {
			return nil, &APIError{
				Resource: "leaves", Status: http.StatusOK, Code: CodeUnordered,
				Err: errors.New("the half-days are not sorted by leave period"),
			}
		}
		newest = rows[i].period
	}
	return rows, nil
}

// whole returns the part of rows that is of whole periods behind done: without
// the last period, unless no rows follow.
func whole(rows []v3Row, done string, last bool) (start, end int) {
	for i, row := range rows {
		if row.period != "" && !fresh(row, done) {
			start = i + 1
		}
	}
	if last {
		return start, len(rows)
	}
	held := ""
	for end = len(rows); end > start; end-- {
		if period := rows[end-1].period; held == "" {
			held = period
		} else if period != "" && period != held {
			break
		}
	}
	return start, end
}

// behind is where the rows without a period that follow end are over.
func behind(rows []v3Row, end int) int {
	for end < len(rows) && rows[end].period == "" {
		end++
	}
	return end
}

// after is the cursor behind rows, of which those before start were seen.
func (at v3LeavesCursor) after(page v3Page, rows []v3Row, start int) v3LeavesCursor {
	if at.Done == "" {
		at.Total = page.total
	}
	for _, row := range rows {
		if row.period != "" {
			at.Done = row.period
		}
	}
	at.Seen += len(rows) - start
	at.Offset = page.offset + len(rows)
	return at
}
