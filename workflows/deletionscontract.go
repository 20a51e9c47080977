package workflows

import "time"

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

// ReasonHeld is the Trouble of an absence whose deletion is held, ReasonDropped of one
// whose deletion somebody refused: its event stays.
const (
	ReasonHeld    = "deletions-held"
	ReasonDropped = "deletion-dropped"
)

// DefaultHoldAbove is how many live deletions of a source within an hour are carried
// out without a question, where the settings do not say.
const DefaultHoldAbove = 50

// HeldDeletion is a deletion in Figgo whose event is still there.
type HeldDeletion struct {
	Absence     string    `json:"absence"`
	Employee    string    `json:"employee,omitempty"`
	LegalEntity string    `json:"legalEntity,omitempty"`
	At          time.Time `json:"at,omitzero"` // when it was held, in UTC
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
	AdmissionHeld    Admission = "held"
	AdmissionDropped Admission = "dropped"
)

// Decision is about all deletions of a source that are held.
type Decision struct {
	// Approve carries them out; otherwise their events stay.
	Approve bool `json:"approve"`
}

// HeldDeletions lists the first deletions that are held; Total is how many there are.
type HeldDeletions struct {
	Total     int            `json:"total"`
	Deletions []HeldDeletion `json:"deletions"`
}

// DeletionsState is what a Deletions starts with (Source alone) and continues as new
// with.
type DeletionsState struct {
	Source string `json:"source"`
	// Recent were admitted within the last hour.
	Recent []HeldDeletion `json:"recent,omitempty"`
	// Held wait for a Decision, Telling for being told theirs.
	Held    []HeldDeletion `json:"held,omitempty"`
	Telling []Told         `json:"telling,omitempty"`
}

// Told are deletions that were decided.
type Told struct {
	Decision
	Deletions []HeldDeletion `json:"deletions"`
}

// TellRequest asks to tell absences what was decided.
type TellRequest struct {
	Source   string    `json:"source"`
	Absences []string  `json:"absences"`
	Decided  Admission `json:"decided"`
}
