package admin

import (
	"context"
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/starter"
)

const (
	// personTime bounds the question for one person's absences, personPages how many
	// pages of them are read.
	personTime  = 10 * time.Second
	personPages = 3
)

// PersonAbsence is one absence as Figgo tells it now.
type PersonAbsence struct {
	ID       string
	HalfDays []absence.HalfDay
	// Pending says that some of it awaits approval.
	Pending bool
}

// PersonAbsences asks Figgo for one employee's absences from an initialization's
// first day on, in the order of their days; whole is false where there are more. It
// says neither types nor comments. Errors are a *SourceError, and starter.ErrNotFound
// for an employee that cannot be.
func (s *Service) PersonAbsences(ctx context.Context, run starter.Initialization,
	employee string) (found []PersonAbsence, whole bool, err error) {
	source, err := s.config.Settings.Source(ctx, run.Source)
	if err != nil {
		return nil, false, err
	}
	if !mayBeID(employee) || run.Since.IsZero() {
		return nil, false, starter.ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, personTime)
	defer cancel()
	query := figgo.LeavesQuery{Employee: employee, Since: run.Since}
	for range personPages {
		page, err := s.luccas.of(source).client.Leaves(ctx, query)
		if err != nil {
			return nil, false, sourceError(err)
		}
		for _, notice := range page.Notices {
			found = append(found, personAbsence(notice))
		}
		if query.Cursor = page.Next; query.Cursor == "" {
			break
		}
	}
	slices.SortStableFunc(found, func(a,
		b PersonAbsence) int {
		return firstDay(a.HalfDays).Compare(firstDay(b.HalfDays))
	})
	return found, query.Cursor == "", nil
}

func personAbsence(notice figgo.Notice) PersonAbsence {
	return PersonAbsence{
		ID: notice.AbsenceID, HalfDays: notice.Absence.HalfDays,
		Pending: slices.ContainsFunc(notice.Absence.HalfDays,
			func(half absence.HalfDay) bool { return !half.Confirmed }),
	}
}
