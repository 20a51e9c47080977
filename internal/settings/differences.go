package settings

import (
	"github.com/figgosync/figgosync/internal/record"
)

// SourceChanges tells fields that differ, in the order of a settings file. From
// or to may be a zero Source, for one that is made or removed.
func SourceChanges(from, to Source) []FieldChange { return changes(fieldsOf(&from), fieldsOf(&to)) }

// ConnectionChanges does what SourceChanges does.
func ConnectionChanges(from, to Connection) []FieldChange {
	return changes(fieldsOf(&from), fieldsOf(&to))
}

// SynchronizationChanges does what SourceChanges does.
func SynchronizationChanges(from, to Synchronization) []FieldChange {
	return changes(synchronizationFields(&from), synchronizationFields(&to))
}

// TimingsChanges does what SourceChanges does.
func TimingsChanges(from, to Timings) []FieldChange { return changes(fieldsOf(&from), fieldsOf(&to)) }

// fieldsOf lists the fields that a change is told of.
func fieldsOf(of any) []record.Field { return record.Shown(record.Fields("", of)) }

// synchronizationFields are none for a synchronization that is not there: its
// policy has no value that means nothing.
func synchronizationFields(s *Synchronization) []record.Field {
	if s.Name == "" {
		return nil
	}
	return fieldsOf(s)
}

func changes(from, to []record.Field) []FieldChange {
	var all []FieldChange
	for _, c := range record.Changes(from, to) {
		all = append(all, FieldChange{Field: c.Path, From: c.From, To: c.To})
	}
	return all
}
