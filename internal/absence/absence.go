package absence

import (
	"cmp"
	"slices"
)

// Part is one half of a day.
type Part string

// The two parts of a day. Lucca v5 calls them firstHalfDay and secondHalfDay,
// the legacy APIs isAm true and false.
const (
	Morning   Part = "am"
	Afternoon Part = "pm"
)

// HalfDay is one half-day of an absence.
type HalfDay struct {
	Date Date `json:"date"`
	Part Part `json:"part"`
	// Confirmed is false while the request awaits approval.
	Confirmed bool `json:"confirmed,omitempty"`
	// Minutes is the amount on this half-day when the account counts hours;
	// 0 when the whole half-day is taken.
	Minutes int `json:"minutes,omitempty"`
	// Type is this half-day's own absence type, of sources that tell half-days one by
	// one: a leave period may mix types. Where it is zero the Absence's counts.
	Type Type `json:"type,omitzero"`
}

// Type is what kind of absence it is, which Lucca calls an account. All of it but the
// id is personal data: it can tell of somebody's health.
type Type struct {
	ID string `json:"id,omitempty"`
	// Name and Category are Lucca's ("Congés payés"), "" when unknown.
	Name     string `json:"name,omitempty"`
	Category string `json:"category,omitempty"`
}

// Absence is what the employee entered: a set of half-days on one account.
// Health details and comments are not here and must never be: what is not read
// cannot leak.
type Absence struct {
	// HalfDays is the set; Normalize sorts it and drops repetitions.
	HalfDays []HalfDay `json:"halfDays"`
	// Off lists days inside the absence on which this employee does not work,
	// as the source told us (days missing from a v5 leave's days[]).
	// Saturdays and Sundays count as off whether listed or not.
	Off []Date `json:"off,omitempty"`
	// Account is the id of the absence type, AccountName its name
	// ("Congés payés"), "" when unknown. The name is personal data: it is only
	// shown when the policy says so.
	Account     string `json:"account,omitempty"`
	AccountName string `json:"accountName,omitempty"`
	// Category is the name of the account's category, "" when unknown.
	Category string `json:"category,omitempty"`
}

// typeOf is the absence type of a half-day.
func (a Absence) typeOf(h HalfDay) Type {
	if h.Type != (Type{}) {
		return h.Type
	}
	return Type{ID: a.Account, Name: a.AccountName, Category: a.Category}
}

// Normalize returns the same absence with its half-days in time order and each
// of them once, and Off in order without repetitions. Where a half-day was there
// twice, confirmed wins over pending, and the larger amount wins: the whole half-day
// over any Minutes. The slices are new ones: a is left as it was.
func (a Absence) Normalize() Absence {
	halves := make([]HalfDay, 0, len(a.HalfDays))
	for _, h := range slices.SortedStableFunc(slices.Values(a.HalfDays), compareHalfDays) {
		if n := len(halves); n > 0 && compareHalfDays(halves[n-1], h) == 0 {
			halves[n-1].Confirmed = halves[n-1].Confirmed || h.Confirmed
			halves[n-1].Minutes = larger(halves[n-1].Minutes, h.Minutes)
			continue
		}
		halves = append(halves, h)
	}
	a.HalfDays = halves
	a.Off = slices.Compact(slices.SortedFunc(slices.Values(a.Off), Date.Compare))
	return a
}

// larger of two amounts, of which 0 is the whole half-day.
func larger(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// compareHalfDays orders half-days in time; it looks at date and part only.
func compareHalfDays(x, y HalfDay) int {
	return cmp.Or(x.Date.Compare(y.Date), cmp.Compare(x.Part, y.Part))
}

// IsEmpty tells whether the absence has no half-day.
func (a Absence) IsEmpty() bool { return len(a.HalfDays) == 0 }

// FirstDay returns the day of the earliest half-day, the zero Date when empty.
func (a Absence) FirstDay() Date {
	if a.IsEmpty() {
		return Date{}
	}
	return slices.MinFunc(a.HalfDays, compareHalfDays).Date
}

// LastDay returns the day of the latest half-day (inclusive: the employee is
// still absent on it), the zero Date when empty.
func (a Absence) LastDay() Date {
	if a.IsEmpty() {
		return Date{}
	}
	return slices.MaxFunc(a.HalfDays, compareHalfDays).Date
}
