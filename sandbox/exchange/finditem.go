package exchange

import (
	"slices"
	"strconv"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// The most items of one answer: EWSFindCountLimit, and the smaller limit of
// Exchange 2013 and later for searches with a restriction
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange).
const (
	maxFound      = 1000
	maxRestricted = 250
)

// found is one page of a search.
type found struct {
	items       []mailboxes.Item
	next, total int
	last        bool
}

func (c *call) findItem() ([]*element, *fault) {
	s, wrong := c.itemShape(true)
	q, failed := c.query()
	if wrong == nil {
		wrong = failed
	}
	var messages []*element
	for _, n := range c.operation.Child("ParentFolderIds").Children {
		if refusal := unknownFolder(n); refusal != nil {
			return nil, refusal
		}
		root, failed := (*element)(nil), wrong
		if failed == nil {
			failed = c.within(func(tx *mailboxes.Tx) (failed *itemError) {
				root, failed = c.findIn(tx, n, q, s)
				return failed
			})
		}
		messages = append(messages, message("m:FindItemResponseMessage", failed, nil, []*element{root}))
	}
	return messages, nil
}

// query is which items a search finds, and in which order; nil is all, and as they
// came.
type query struct {
	matches test
	order   order
}

func (c *call) query() (q query, failed *itemError) {
	if failed = c.checkViews(); failed != nil {
		return q, failed
	}
	if n := c.operation.Child("Restriction"); n != nil {
		if failed = checkPaths(n, "ErrorUnsupportedPathForQuery"); failed == nil {
			q.matches, failed = c.compileRestriction(n)
		}
	}
	if n := c.operation.Child("SortOrder"); n != nil && failed == nil {
		if failed = checkPaths(n, "ErrorUnsupportedPathForSortGroup"); failed == nil {
			q.order, failed = compileOrder(n)
		}
	}
	return q, failed
}

// in returns what the search finds of the items of a folder.
func (q query) in(folder string, all []mailboxes.Item) []mailboxes.Item {
	var items []mailboxes.Item
	for _, item := range all {
		if content := item.Body.(calendarItem); content.folder == folder && (q.matches == nil || q.matches(content)) {
			items = append(items, item)
		}
	}
	if q.order != nil {
		slices.SortStableFunc(items, func(a, b mailboxes.Item) int {
			return q.order(a.Body.(calendarItem), b.Body.(calendarItem))
		})
	}
	return items
}

// checkViews refuses what the schema allows: a restriction or sort order beside a
// CalendarView, and a view over more than two years.
func (c *call) checkViews() *itemError {
	view := c.operation.Child("CalendarView")
	if view == nil {
		return nil
	}
	if c.operation.Child("Restriction") != nil || c.operation.Child("SortOrder") != nil {
		return &itemError{code: "ErrorInvalidRestriction",
			message: "Restrictions and sort order may not be specified for a CalendarView."}
	}
	from, to := instant(view.Value("StartDate"), c.location), instant(view.Value("EndDate"), c.location)
	if to.Before(from) {
		return &itemError{code: "ErrorCalendarEndDateIsEarlierThanStartDate",
			message: "EndDate is earlier than StartDate"}
	}
	if from.AddDate(2, 0, 0).Before(to) {
		return &itemError{code: "ErrorCalendarViewRangeTooBig",
			message: "The specified view range exceeds the maximum range of two years."}
	}
	return nil
}

func (c *call) findIn(tx *mailboxes.Tx, n *schema.Node, q query, s shape) (*element, *itemError) {
	folder, failed := c.folder(n)
	if failed != nil {
		return nil, failed
	}
	items := q.in(folder, tx.Items())
	if c.operation.Value("Traversal") != "Shallow" {
		items = nil // nothing is associated, and what is soft-deleted is not found again
	}
	f, failed := c.page(items, folder)
	if failed != nil {
		return nil, failed
	}
	list := el("t:Items")
	for _, item := range f.items {
		item, _ = settle(tx, item)
		list.add(c.show(item, s))
	}
	root := el("m:RootFolder", list)
	if c.operation.Child("CalendarView") == nil {
		root.with("IndexedPagingOffset", strconv.Itoa(f.next))
	}
	return root.with("TotalItemsInView", strconv.Itoa(f.total)).with("IncludesLastItemInRange",
		strconv.FormatBool(f.last)), nil
}

// page cuts the wanted page out of all that was found.
func (c *call) page(items []mailboxes.Item, folder string) (found, *itemError) {
	most := maxFound
	if c.operation.Child("Restriction") != nil && c.service.build != Server2010SP2 {
		most = maxRestricted
	}
	if view := c.operation.Child("CalendarView"); view != nil {
		if !isCalendar(folder) {
			return found{}, &itemError{code: "ErrorCalendarFolderIsInvalidForCalendarView",
				message: "The folder is not a calendar folder."}
		}
		items = c.overlapping(items, view)
		return cut(items, 0, limit(view, most)), nil
	}
	view := c.operation.Child("IndexedPageItemView")
	if view == nil {
		return cut(items, 0, most), nil
	}
	offset, _ := strconv.Atoi(view.Value("Offset"))
	size := limit(view, most)
	if size < 1 {
		return found{}, &itemError{code: "ErrorInvalidPagingMaxRows", message: "The maximum number of rows is invalid."}
	}
	if offset < 0 {
		return found{}, &itemError{code: "ErrorInvalidIndexedPagingParameters",
			message: "The indexed paging parameters are invalid."}
	}
	if view.Value("BasePoint") == "End" {
		slices.Reverse(items)
	}
	return cut(items, offset, size), nil
}

func limit(view *schema.Node, most int) int {
	if wanted, given := view.Attr("MaxEntriesReturned"); given {
		size, _ := strconv.Atoi(wanted)
		return min(size, most)
	}
	return most
}

func cut(items []mailboxes.Item, offset, size int) found {
	from := min(offset, len(items))
	to := min(from+size, len(items))
	return found{items: items[from:to], next: to, total: len(items), last: to == len(items)}
}

// overlapping keeps what touches the view, by start.
func (c *call) overlapping(items []mailboxes.Item, view *schema.Node) []mailboxes.Item {
	from, to := instant(view.Value("StartDate"), c.location), instant(view.Value("EndDate"), c.location)
	items = slices.DeleteFunc(items, func(item mailboxes.Item) bool {
		content := item.Body.(calendarItem)
		return !content.start.Before(to) || !content.end.After(from)
	})
	slices.SortStableFunc(items, func(a, b mailboxes.Item) int {
		return a.Body.(calendarItem).start.Compare(b.Body.(calendarItem).start)
	})
	return items
}
