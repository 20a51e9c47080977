package admin

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// The orders of absences that AbsencesQuery.Sort may ask for.
const (
	SortPerson          = "person"
	SortDays            = "days"
	SortStatus          = "status"
	SortSynchronization = "synchronization"
	SortSeen            = "seen"
)

// Sorts lists them.
var Sorts = []string{SortPerson, SortDays, SortStatus, SortSynchronization, SortSeen}

const (
	// mostSifted bounds the absences that are sorted, or looked through for their
	// days: Temporal's index knows no other order than its own, and no days.
	mostSifted = 500
	// siftTime is how long their days are waited for.
	siftTime = 5 * time.Second
	// MostExported bounds the lines of ExportAbsences, exportTime how long their days
	// are waited for.
	MostExported = 5000
	exportTime   = 70 * time.Second
)

// sifted tells whether the index cannot answer a query by itself.
func (q AbsencesQuery) sifted() bool { return q.Sort != "" || q.dated() }

// dated tells whether days bound the query.
func (q AbsencesQuery) dated() bool { return !q.From.IsZero() || !q.To.IsZero() }

// has tells whether a half-day is between the bounds.
func (q AbsencesQuery) has(halves []absence.HalfDay) bool {
	return slices.ContainsFunc(halves, func(half absence.HalfDay) bool {
		return (q.From.IsZero() || !half.Date.Before(q.From)) && (q.To.IsZero() || !q.To.Before(half.Date))
	})
}

// sift answers a query by what the index knows no order and no days of. Pages are
// counted from its beginning.
func (s *Service) sift(ctx context.Context, query AbsencesQuery, wanted starter.AbsencesQuery,
	page AbsencesPage) (AbsencesPage, error) {
	begin := 0
	if query.Page != "" {
		var err error
		if begin, err = strconv.Atoi(query.Page); err != nil || begin < 0 {
			return page, invalid("page", CodeUnknownPage)
		}
	}
	found, hint, err := s.gather(ctx, query, wanted, mostSifted, siftTime)
	if err != nil {
		return page, err
	}
	page.Hint = cmp.Or(page.Hint, hint)
	page.Total, page.People, page.Days = len(found.Absences), found.People, found.Days
	end := min(begin+wanted.Limit, len(found.Absences))
	page.Absences = append(page.Absences, found.Absences[min(begin, len(found.Absences)):end]...)
	if query.Days && page.Days == nil { // the order does not need them: only what is shown is asked
		page.Days = s.daysOf(ctx, page.Absences, daysTimeout)
	}
	if end < len(found.Absences) {
		page.Next = strconv.Itoa(end)
	}
	return page, nil
}

// gather reads the absences of a query, at most so many of them, in its order; their
// days only where the bounds or the order need them.
func (s *Service) gather(ctx context.Context, query AbsencesQuery, wanted starter.AbsencesQuery, most int,
	timeout time.Duration) (all AbsencesPage, hint string, err error) {
	wanted.Limit, wanted.Page = mostLimit, ""
	for {
		found, next, err := s.config.Engine.Absences(ctx, wanted)
		if err != nil {
			return all, "", engine(err)
		}
		all.Absences = append(all.Absences, found...)
		if len(all.Absences) >= most {
			if len(all.Absences) > most || next != "" {
				hint = HintFirst
			}
			all.Absences = all.Absences[:most]
			break
		}
		if wanted.Page = next; next == "" {
			break
		}
	}
	all.People = s.peopleOf(ctx, all.Absences)
	if query.dated() || strings.TrimPrefix(query.Sort, "-") == SortDays {
		all.Days = s.daysOf(ctx, all.Absences, timeout)
		if len(all.Days) < len(all.Absences) {
			hint = cmp.Or(hint, HintSilent)
		}
	}
	if query.dated() {
		all.Absences = slices.DeleteFunc(all.Absences,
			func(line starter.AbsenceLine) bool { return !query.has(all.Days[line.WorkflowID]) })
	}
	all.sort(query.Sort)
	return all, hint, nil
}

// sort puts the absences into an order; those of one rank stay as they were, and by days
// those that did not tell theirs come last.
func (p *AbsencesPage) sort(by string) {
	name, descending := strings.CutPrefix(by, "-")
	compare := map[string]func(a, b starter.AbsenceLine) int{
		SortPerson: func(a, b starter.AbsenceLine) int {
			return cmp.Compare(personRank(p.Owner(a)), personRank(p.Owner(b)))
		},
		SortDays: func(a, b starter.AbsenceLine) int {
			return firstDay(p.Days[a.WorkflowID]).Compare(firstDay(p.Days[b.WorkflowID]))
		},
		SortStatus: func(a, b starter.AbsenceLine) int { return cmp.Compare(statusRank(a), statusRank(b)) },
		SortSynchronization: func(a, b starter.AbsenceLine) int {
			return cmp.Compare(a.Synchronization,
				b.Synchronization)
		},
		SortSeen: func(a, b starter.AbsenceLine) int { return a.StartedAt.Compare(b.StartedAt) },
	}[name]
	if compare == nil {
		return
	}
	slices.SortStableFunc(p.Absences, func(a, b starter.AbsenceLine) int {
		if descending {
			a, b = b, a
		}
		return compare(a, b)
	})
	if name == SortDays {
		slices.SortStableFunc(p.Absences, func(a, b starter.AbsenceLine) int {
			return cmp.Compare(p.silent(a), p.silent(b))
		})
	}
}

// silent is 1 for an absence that did not tell its days, else 0.
func (p *AbsencesPage) silent(line starter.AbsenceLine) int {
	if len(p.Days[line.WorkflowID]) == 0 {
		return 1
	}
	return 0
}

// personRank sorts people by name, those without one by their id behind them.
func personRank(one Person) string {
	if one.Name == "" {
		return "\uffff" + one.ID
	}
	return fold(one.Name) + " " + one.ID
}

// statusRank puts what needs somebody first, by reason.
func statusRank(line starter.AbsenceLine) string {
	order := []workflows.Status{
		workflows.StatusHeld, workflows.StatusBlocked, workflows.StatusRetrying, workflows.StatusPending,
		workflows.StatusSkipped, workflows.StatusSynced, workflows.StatusDeleted,
	}
	return strconv.Itoa(slices.Index(order, line.Status)+1) + line.Reason
}

// firstDay is the earliest of some half-days, the zero date for none.
func firstDay(halves []absence.HalfDay) absence.Date {
	return absence.Absence{HalfDays: halves}.Normalize().FirstDay()
}

// ExportAbsences returns all absences of a query with their days, at most
// MostExported of them, and notes it in the audit log. Limit and Page do not count.
// Hint tells of what is missing. Errors are those of Absences.
func (s *Service) ExportAbsences(ctx context.Context, by settings.Author, query AbsencesQuery) (AbsencesPage, error) {
	if err := checkQuery(query); err != nil {
		return AbsencesPage{}, err
	}
	query.Days = true
	wanted := wantedOf(query)
	known, said, err := s.searchFor(ctx, strings.TrimSpace(query.Text), &wanted)
	if err != nil || !known {
		return AbsencesPage{Hint: said}, err
	}
	page, hint, err := s.gather(ctx, query, wanted, MostExported, exportTime)
	if err != nil {
		return page, err
	}
	if page.Days == nil {
		page.Days = s.daysOf(ctx, page.Absences, exportTime)
	}
	page.Hint = cmp.Or(said, hint)
	s.note(ctx, by, settings.ActionExported, settings.KindAbsence, "",
		settings.FieldChange{Field: "absences", To: strconv.Itoa(len(page.Absences))})
	return page, nil
}
