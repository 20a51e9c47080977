package workflows

import (
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// Names of the workflow type that counts live deletions, of its updates and its query,
// and of the activities around it.
const (
	DeletionsType = "Deletions"

	// AdmitDeletionActivity is a local activity.
	AdmitDeletionActivity = "AdmitDeletion"
	TellHeldActivity      = "TellHeld"

	// AdmitUpdate carries an AdmitRequest and answers one Admission for each deletion.
	AdmitUpdate = "admit"
	// DecideUpdate carries a Decision and answers how many deletions it is about.
	DecideUpdate = "decide"
	// HeldQuery answers the HeldDeletions of a source.
	HeldQuery = "held"
)

// DeletionsID is the workflow id under which a source's live deletions are counted:
// "deletions/{source}".
func DeletionsID(source string) string { return "deletions/" + source }

// ReasonWaiting is the Trouble of an absence whose deletion is one of many that come at
// the moment, ReasonHeld of one whose deletion is held, ReasonDropped of one whose
// deletion somebody refused: its event stays.
const (
	ReasonWaiting = "deletion-waiting"
	ReasonHeld    = "deletions-held"
	ReasonDropped = "deletion-dropped"
)

// DefaultHoldAbove is how many live deletions of a source within an hour are carried
// out without a question, where the settings do not say.
const DefaultHoldAbove = 50

// HeldDeletion is a deletion in Figgo whose event is still there.
type HeldDeletion struct {
	Absence     string `json:"absence"`
	Employee    string `json:"employee,omitempty"`
	LegalEntity string `json:"legalEntity,omitempty"`
	// From and To are the days that its event shows, inclusive, as far as is known.
	From absence.Date `json:"from,omitzero"`
	To   absence.Date `json:"to,omitzero"`
	At   time.Time    `json:"at,omitzero"` // when it came, in UTC
	// Irrevocable says that nobody could put the event back: what it shows is not known.
	Irrevocable bool `json:"irrevocable,omitempty"`
}

// AdmitRequest asks whether deletions may be carried out.
type AdmitRequest struct {
	Source string `json:"source"`
	// Above is how many of the source may be within an hour.
	Above     int            `json:"above,omitempty"`
	Deletions []HeldDeletion `json:"deletions"`
}

// Admission is the answer for one deletion.
type Admission string

// The admissions; of an absence's own state "" is none that is needed.
const (
	AdmissionAsk     Admission = "ask" // a live deletion that is not admitted yet
	AdmissionGiven   Admission = "given"
	AdmissionWaiting Admission = "waiting" // the absence is told soon
	AdmissionHeld    Admission = "held"
	AdmissionDropped Admission = "dropped"
	// AdmissionQuestioned was given, but later ones of the same burst are held: what is
	// decided about them is decided about this one too.
	AdmissionQuestioned Admission = "questioned"
)

// Decision is about all deletions of a source that are held.
type Decision struct {
	// Approve carries them out; otherwise their events stay, and those of the same
	// burst that were carried out before are written anew.
	Approve bool `json:"approve"`
	// Deletions is how many are held as far as whoever decides knows; any other number
	// is refused, but for 0, which names none.
	Deletions int `json:"deletions,omitempty"`
}

// HeldDeletions lists the first deletions that are held; Total is how many there are,
// CarriedOut how many of the same burst went before: a refusal puts them back.
type HeldDeletions struct {
	Total      int            `json:"total"`
	CarriedOut int            `json:"carriedOut"`
	Deletions  []HeldDeletion `json:"deletions"`
}

// DeletionsState is what a Deletions starts with (Source alone) and continues as new
// with.
type DeletionsState struct {
	Source string `json:"source"`
	// Above is how many may be within an hour, by the newest AdmitRequest.
	Above int `json:"above,omitempty"`
	// Recent were admitted within the last hour.
	Recent []HeldDeletion `json:"recent,omitempty"`
	// CarriedOut are those of the burst that were admitted. LastAt is when its last
	// deletion came, carried out or not.
	CarriedOut []HeldDeletion `json:"carriedOut,omitempty"`
	LastAt     time.Time      `json:"lastAt,omitzero"`
	// Waiting are those of the burst that wait until it is over, Held those that wait
	// for a Decision, Telling those that are to be told.
	Waiting []HeldDeletion `json:"waiting,omitempty"`
	Held    []HeldDeletion `json:"held,omitempty"`
	Telling []Told         `json:"telling,omitempty"`
}

// Told are deletions whose absences are to be told.
type Told struct {
	Admission Admission      `json:"admission"`
	Deletions []HeldDeletion `json:"deletions"`
}

// TellRequest asks to tell absences what becomes of their deletions.
type TellRequest struct {
	Source   string    `json:"source"`
	Absences []string  `json:"absences"`
	Decided  Admission `json:"decided"`
}
