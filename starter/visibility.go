package starter

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.temporal.io/api/serviceerror"

	"github.com/figgosync/figgosync/workflows"
)

// ErrPage is returned for a page token that was not made for the query.
var ErrPage = errors.New("the page is not one of this search")

// absenceRuns are all runs of absences but those that went on in another run.
const absenceRuns = "WorkflowType = '" + workflows.AbsenceLifecycleType + "' AND ExecutionStatus != 'ContinuedAsNew'"

// visibility writes the query in the words of Temporal's index
// (https://docs.temporal.io/list-filter). It answers false where nothing can be
// found.
func (q AbsencesQuery) visibility() (text string, some bool) {
	parts := []string{absenceRuns}
	values := []string{q.Source, q.Synchronization, q.Employee, q.Absence, q.Either, q.Reason}
	equal := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" = '"+value+"'")
		}
	}
	equal(workflows.AttributeSource.GetName(), q.Source)
	equal(workflows.AttributeSynchronization.GetName(), q.Synchronization)
	equal(workflows.AttributeEmployee.GetName(), q.Employee)
	equal(workflows.AttributeReason.GetName(), q.Reason)
	if q.Absence != "" {
		parts = append(parts, in("WorkflowId", q.workflowIDs(q.Absence)))
	}
	if either := q.either(); len(either) > 0 {
		parts = append(parts, "("+strings.Join(either, " OR ")+")")
	}
	if len(q.IDs) > 0 {
		var ids []string
		for _, id := range q.IDs {
			ids = append(ids, workflows.AbsenceID(q.Source, id))
		}
		parts, values = append(parts, in("WorkflowId", ids)), append(values, q.IDs...)
	}
	for source, employees := range q.Owners {
		values = append(append(values, source), employees...)
	}
	if len(q.LegalEntities) > 0 {
		parts, values = append(parts, in(workflows.AttributeLegalEntity.GetName(), q.LegalEntities)),
			append(values, q.LegalEntities...)
	}
	if len(q.NotEmployees) > 0 {
		parts = append(parts, in(workflows.AttributeEmployee.GetName()+" NOT", q.NotEmployees))
		values = append(values, q.NotEmployees...)
	}
	if len(q.Statuses) > 0 {
		var statuses []string
		for _, status := range q.Statuses {
			statuses = append(statuses, string(status))
		}
		parts, values = append(parts, in(workflows.AttributeStatus.GetName(), statuses)), append(values, statuses...)
	}
	if len(q.Reasons) > 0 {
		parts, values = append(parts, in(workflows.AttributeReason.GetName(), q.Reasons)), append(values, q.Reasons...)
	}
	if q.Running {
		parts = append(parts, "ExecutionStatus = 'Running'")
	}
	values = append(values, q.Sources...)
	if slices.ContainsFunc(values, unquotable) || q.Absence != "" && len(q.workflowIDs(q.Absence)) == 0 ||
		len(q.IDs) > 0 && q.Source == "" {
		return "", false
	}
	return strings.Join(parts, " AND "), true
}

// either are the conditions of which one is enough.
func (q AbsencesQuery) either() []string {
	var some []string
	if q.Either != "" {
		some = append(some, workflows.AttributeEmployee.GetName()+" = '"+q.Either+"'")
		if ids := q.workflowIDs(q.Either); len(ids) > 0 {
			some = append(some, in("WorkflowId", ids))
		}
	}
	for _, source := range slices.Sorted(maps.Keys(q.Owners)) {
		if employees := q.Owners[source]; len(employees) > 0 {
			some = append(some, "("+workflows.AttributeSource.GetName()+" = '"+source+"' AND "+
				in(workflows.AttributeEmployee.GetName(), employees)+")")
		}
	}
	return some
}

// workflowIDs are those an absence may have.
func (q AbsencesQuery) workflowIDs(absence string) []string {
	sources := q.Sources
	if q.Source != "" {
		sources = []string{q.Source}
	}
	var ids []string
	for _, source := range sources {
		ids = append(ids, workflows.AbsenceID(source, absence))
	}
	return ids
}

func in(name string, values []string) string {
	return name + " IN ('" + strings.Join(values, "', '") + "')"
}

// Searchable tells whether the index can be asked for an id. A query that names one for
// which it cannot finds nothing.
func Searchable(id string) bool { return !unquotable(id) }

// unquotable tells of what no id of Figgo's and no name of ours holds. Such text
// is never sent: versions of Temporal differ in how a quote is written within
// quotes.
func unquotable(value string) bool {
	const longest = 1000
	return len(value) > longest || !utf8.ValidString(value) || strings.ContainsAny(value, "'\"`\\;") ||
		strings.ContainsFunc(value, unicode.IsControl)
}

const (
	maxPage   = 4096
	queryHash = 8
)

// writePage makes Temporal's token one for addresses, bound to its query.
func writePage(token []byte, query string) string {
	if len(token) == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(hashOf(query), token...))
}

// readPage returns Temporal's token, nil for the first page.
func readPage(page, query string) ([]byte, error) {
	if page == "" {
		return nil, nil
	}
	if len(page) > maxPage {
		return nil, ErrPage
	}
	data, err := base64.RawURLEncoding.DecodeString(page)
	if err != nil || len(data) <= queryHash || !bytes.Equal(data[:queryHash], hashOf(query)) {
		return nil, ErrPage
	}
	return data[queryHash:], nil
}

func hashOf(query string) []byte {
	hash := sha256.Sum256([]byte(query))
	return hash[:queryHash]
}

func invalid(err error) bool {
	wrong := (*serviceerror.InvalidArgument)(nil)
	return errors.As(err, &wrong)
}
