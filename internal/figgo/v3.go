package figgo

import (
	"cmp"
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// V3Leave is one row of GET /api/v3/leaves: one half-day
// (https://developers.luccasoftware.com/api-reference/legacy/timmi-absences/leaves/list-leaves).
type V3Leave struct {
	// LeavePeriodID ties the half-days of one absence together. It is the number
	// in the ids of the legacy webhook.
	LeavePeriodID string
	// OwnerID is the employee's id, "" when the row was asked for without it.
	OwnerID string
	// HalfDay is the half-day; Confirmed is leavePeriod.isConfirmed.
	HalfDay absence.HalfDay
	// Active is false once the half-day is cancelled or denied.
	Active               bool
	Account, AccountName string
	// CreatedAt, ConfirmedAt and CancelledAt are zero when Lucca has none. They
	// come without an offset and are read as UTC.
	CreatedAt, ConfirmedAt, CancelledAt time.Time
}

// UnmarshalJSON reads a row; the comment and the log of the leave period are
// not read. An unreadable row is a BodyError.
func (l *V3Leave) UnmarshalJSON(data []byte) error {
	var problem error
	row := bodyOf(data, &problem).members("id", "date", "isAm", "value", "isActive", "leaveAccountId", "leaveAccount",
		"leavePeriodId", "leavePeriod", "creationDate", "cancellationDate")
	row.of.mustBeObject()
	period := row.at("leavePeriod").members("id", "ownerId", "isConfirmed", "confirmationDate")
	account := row.at("leaveAccount").members("id", "name")
	read := V3Leave{
		OwnerID:   period.at("ownerId").id(),
		Account:   firstID(row.at("leaveAccountId"), account.at("id")),
		CreatedAt: row.at("creationDate").instant(),
	}
	read.AccountName = account.at("name").name()
	var idPrefix string
	read.HalfDay = readHalfDay(row, &idPrefix)
	if read.LeavePeriodID = firstID(row.at("leavePeriodId"), period.at("id")); read.LeavePeriodID == "" {
		read.LeavePeriodID = idPrefix
	}
	read.HalfDay.Confirmed, read.ConfirmedAt = flagOrDate(period.at("isConfirmed"), period.at("confirmationDate"))
	read.CancelledAt = row.at("cancellationDate").instant()
	active, set := row.at("isActive").flag()
	// Lucca's guide on synchronization: a row with a cancellation date is to be
	// deleted, whatever else it says.
	read.Active = (active || !set) && read.CancelledAt.IsZero()
	if problem != nil {
		return problem
	}
	*l = read
	return nil
}

// firstID returns the first id that is there.
func firstID(values ...value) string {
	for _, v := range values {
		if id := v.id(); id != "" {
			return id
		}
	}
	return ""
}

// changedAt is the newest thing that happened to the row.
func (l V3Leave) changedAt() time.Time {
	return later(later(l.CreatedAt, l.ConfirmedAt), l.CancelledAt)
}

// FromV3Rows gathers rows, in any order, into one Notice per leave period: the
// absence as these rows show it. It is Deleted when no row is active, with the
// half-days it had; else the active half-days count and it is Approved when all
// of them are confirmed, Requested when not. ChangedAt and OccurredAt are the
// newest date of any row. A period with half-days on several accounts has the
// account of its first one. Rows tell nothing of days off.
//
// The notices are not Partial: a caller that lists a window of dates must ask
// for whole leave periods, or an absence across its edge is cut there.
func FromV3Rows(rows []V3Leave) map[string]Notice {
	periods := make(map[string][]V3Leave)
	for _, row := range rows {
		periods[row.LeavePeriodID] = append(periods[row.LeavePeriodID], row)
	}
	notices := make(map[string]Notice, len(periods))
	for id, rows := range periods {
		notices[id] = fromPeriodRows(id, rows)
	}
	return notices
}

func fromPeriodRows(id string, rows []V3Leave) Notice {
	notice := Notice{Kind: Deleted, AbsenceID: id}
	for _, row := range rows {
		notice.ChangedAt = later(notice.ChangedAt, row.changedAt())
	}
	notice.OccurredAt = notice.ChangedAt
	if active := slices.DeleteFunc(slices.Clone(rows), func(r V3Leave) bool { return !r.Active }); len(active) > 0 {
		rows, notice.Kind = active, Approved
	}
	slices.SortStableFunc(rows, func(a, b V3Leave) int {
		return cmp.Or(a.HalfDay.Date.Compare(b.HalfDay.Date), cmp.Compare(a.HalfDay.Part, b.HalfDay.Part))
	})
	for _, row := range rows {
		notice.Absence.HalfDays = append(notice.Absence.HalfDays, row.HalfDay)
		if notice.EmployeeID == "" {
			notice.EmployeeID = row.OwnerID
		}
		if notice.Absence.Account == "" {
			notice.Absence.Account, notice.Absence.AccountName = row.Account, row.AccountName
		}
		if notice.Kind == Approved && !row.HalfDay.Confirmed {
			notice.Kind = Requested
		}
	}
	tellTypes(&notice.Absence, rows)
	notice.Absence = notice.Absence.Normalize()
	return notice
}

// tellTypes tells the type of each half-day where the period mixes types.
func tellTypes(a *absence.Absence, rows []V3Leave) {
	isFirst := func(row V3Leave) bool { return row.Account == rows[0].Account }
	if !slices.ContainsFunc(rows, func(row V3Leave) bool { return !isFirst(row) }) {
		return
	}
	for i, row := range rows {
		a.HalfDays[i].Type = absence.Type{ID: row.Account, Name: row.AccountName}
	}
}
