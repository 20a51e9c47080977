package absence

// Status tells a tentative event from a confirmed one.
type Status string

// The two statuses of an event. A deleted absence has no event.
const (
	Pending   Status = "tentative"
	Confirmed Status = "confirmed"
)

// LocalTime is a date and a time of day on the wall clock of some zone.
type LocalTime struct {
	Date  Date  `json:"date"`
	Clock Clock `json:"clock"`
}

// Event is what one calendar shows for one run of an absence. It is computed
// whenever needed and never stored as truth.
type Event struct {
	// Run numbers the runs of an absence from 1, in time order. It is the
	// event's identity inside the absence: changed dates update the event in
	// place.
	Run    int    `json:"run"`
	Title  string `json:"title"`
	AllDay bool   `json:"allDay"`
	// Start is inclusive and End exclusive. Both are midnights when AllDay.
	Start LocalTime `json:"start"`
	End   LocalTime `json:"end"`
	// Zone is the IANA name of the zone whose clocks Start and End show.
	Zone    string `json:"zone"`
	Status  Status `json:"status"`
	ShowAs  ShowAs `json:"showAs"`
	Private bool   `json:"private"`
}
