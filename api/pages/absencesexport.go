package pages

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/web/texts"
)

// exportAbsences is GET /absences/export: a search as a file. It says no absence's
// type.
func (s *site) exportAbsences(w http.ResponseWriter, r *http.Request) error {
	f := searchOf(r)
	asked := askedAbsences(f)
	if f.Bad() {
		return s.redirect(w, r, absencesAt("/absences", asked), "")
	}
	found, err := s.config.Admin.ExportAbsences(r.Context(), principal(r).Author(), asked)
	if f.Invalid(err) {
		return s.redirect(w, r, absencesAt("/absences", asked), "")
	}
	if err != nil {
		return err
	}
	loc := s.loc(r)
	names := s.legalEntityNames(r, found)
	table := sheet{Name: "absences", Heads: headsOf(loc, "export.",
		"person", "employee", "first", "last", "days", "status", "reason", "legal-entity", "synchronization", "source",
		"absence", "seen")}
	for _, line := range found.Absences {
		owner, halves := found.Owner(line), found.Days[line.WorkflowID]
		first, last := daysAround(halves)
		table.Rows = append(table.Rows, []string{
			owner.Name, line.Employee, first, last, strings.Join(spans(loc, halves), ", "),
			loc.T("status." + string(line.Status)),
			reasonText(loc, line.Reason), cmp.Or(names[line.Source][line.LegalEntity], line.LegalEntity),
			line.Synchronization, line.Source, line.Absence,
			line.StartedAt.UTC().Format(time.RFC3339),
		})
	}
	if found.Hint != "" {
		table.Rows = append(table.Rows, []string{loc.T("absences.hint." + found.Hint)})
	}
	return s.download(w, r, table)
}

// headsOf are the heads of a table, by the codes of their texts.
func headsOf(loc texts.Localizer, prefix string, codes ...string) []string {
	heads := make([]string, len(codes))
	for i, code := range codes {
		heads[i] = loc.T(prefix + code)
	}
	return heads
}

func reasonText(loc texts.Localizer, code string) string {
	if code == "" {
		return ""
	}
	return texts.ReasonFor(code).What.In(loc.Lang)
}

// legalEntityNames are the names by source and id, as far as they are known.
func (s *site) legalEntityNames(r *http.Request, found admin.AbsencesPage) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, line := range found.Absences {
		if _, asked := all[line.Source]; !asked {
			all[line.Source] = s.config.Admin.LegalEntityNames(r.Context(), line.Source)
		}
	}
	return all
}
