// Package figgo is the Source: it verifies and decodes what Lucca sends (both
// webhook generations) and reads Lucca's REST APIs (Reader). Both generations become the
// same Notice with the same Absence. What is read is remembered by package directory.
//
// Facts about Lucca, with their contradictions, are in docs/lucca.md.
package figgo

import (
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// Kind is what happened to an absence.
type Kind string

// The kinds of a Notice. They are also the names of the workflow's signals.
const (
	Requested Kind = "requested" // awaits approval
	Approved  Kind = "approved"
	Deleted   Kind = "deleted" // deleted, cancelled or denied
	// Ignored is anything else Lucca may send: other topics, tests, pings.
	Ignored Kind = "ignored"
)

// Notice is one webhook, understood.
type Notice struct {
	Kind Kind
	// EventID is Lucca's id of the event, "" on the legacy webhook.
	EventID string
	// Topic is the v5 topic or the legacy X-Event, for metrics.
	Topic string
	// AbsenceID is the v5 leave id, or the leave period's number of a legacy
	// half-day.
	AbsenceID string
	// EmployeeID is Lucca's id of the owner; Email his address where the body
	// carries it (legacy only), else "".
	EmployeeID string
	Email      string
	// LegalEntity is the v5 event's businessEstablishment, "" when absent.
	LegalEntity string
	// ChangedAt orders the states of one absence: the state's own timestamp
	// (v5: lastUpdatedAt, else occurredAt; for deletions the later of both).
	// OccurredAt breaks ties. Both UTC.
	ChangedAt  time.Time
	OccurredAt time.Time
	// Absence is the state after the change. On a Deleted notice it is the last
	// state and may be empty.
	Absence absence.Absence
	// Partial marks a legacy notice, which speaks of the half-days in Absence
	// only and says nothing of the absence's others.
	Partial bool
	// StaleEmployee is the id of an employee whom Lucca changed, on an Ignored
	// notice: directory.Directory.Forget must get it in every process that has a directory of
	// the Source, to which package figgo/changes carries it. It is "" on all other
	// notices.
	StaleEmployee string
}

// Employee is an owner of absences as the directory knows him.
type Employee struct {
	ID string `json:"id"`
	// Email is the professional address, "" when Lucca has none.
	Email string `json:"email,omitempty"`
	// LegalEntity is the id of the v5 business-establishment; Zone its IANA
	// time zone, "" when Lucca has none.
	LegalEntity string `json:"legalEntity"`
	Zone        string `json:"zone,omitempty"`
	// Left tells that they work in the company no more.
	Left bool `json:"left,omitempty"`
	// Language is the one they read Lucca in, "" where Lucca does not tell (v5 does not),
	// or it is one that we do not write.
	Language absence.Language `json:"language,omitempty"`
}
