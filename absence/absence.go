package absence

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
}
