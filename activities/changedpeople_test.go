package activities_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/workflows"
)

// People who left, or moved, without a notice are no longer in Figgo's list of the legal
// entity's people. Where their events stand, their absences are routed anew; a comparison
// that repairs nothing changes nothing.
func TestAComparisonNoticesWhoIsNoLongerThere(t *testing.T) {
	t.Parallel()
	stands := workflows.State{Applied: &workflows.Applied{}}
	refused := workflows.State{Kind: workflows.Deleted, Admission: workflows.AdmissionDropped, Applied: &workflows.Applied{}}
	for name, test := range map[string]struct {
		state       workflows.State
		there, left bool
		reportOnly  bool
		want        []string
	}{
		"left, and nobody was told":      {state: stands, want: []string{"501"}},
		"left, and only the night knows": {state: stands, left: true, want: []string{"501"}},
		"still there":                    {state: stands, there: true},
		"left, and the events are gone":  {state: workflows.State{}, left: true},
		"left, and they were to stay":    {state: refused, left: true},
		"left, but it only reports":      {state: stands, reportOnly: true},
	} {
		o := newOffice(t, 2)
		o.remembered = remembered{"a500": stands, "a501": test.state}
		o.synchronization.Policy.RemoveLeavers = true
		if !test.there {
			o.people = o.people[:1]
		}
		if test.left {
			one := o.known["501"]
			one.Left = true
			o.known["501"] = one
		}
		if _, err := o.withOffice().CompareMailboxes(t.Context(), comparisonThat(test.reportOnly)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, o.changed); diff != "" {
			t.Errorf("%s (-want +passed on):\n%s", name, diff)
		}
	}
}

// A new address that nobody was told of: the directory still knows the old one, where the
// events stand. Nothing of them is right, and their absences are routed anew.
func TestAComparisonNoticesANewAddress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		address    string
		reportOnly bool
		want       []string
		counts     workflows.ReconciliationCounts
	}{
		"the same":              {"P501@example.com", false, nil, workflows.ReconciliationCounts{Right: 2}},
		"another":               {"renamed@example.com", false, []string{"501"}, workflows.ReconciliationCounts{Right: 1, Blocked: 1}},
		"another, only told of": {"renamed@example.com", true, nil, workflows.ReconciliationCounts{Right: 1, Blocked: 1}},
		"none any more":         {"", false, []string{"501"}, workflows.ReconciliationCounts{Right: 1, Blocked: 1}},
	} {
		o := newOffice(t, 2)
		o.renamed = map[string]string{"501": test.address}
		o.AddMailbox("renamed@example.com", "Europe/Paris")
		o.remembered = remembered{"a501": workflows.State{Applied: &workflows.Applied{}}}
		result, err := o.withOffice().CompareMailboxes(t.Context(), comparisonThat(test.reportOnly))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, o.changed); diff != "" {
			t.Errorf("%s (-want +passed on):\n%s", name, diff)
		}
		got := workflows.ReconciliationCounts{Right: result.Counts.Right, Missing: result.Counts.Missing, Blocked: result.Counts.Blocked}
		if got != test.counts {
			t.Errorf("%s: %+v, want %+v", name, got, test.counts)
		}
	}
}

// comparisonThat only reports, or may pass on what it notices.
func comparisonThat(reports bool) workflows.CompareRequest {
	return workflows.CompareRequest{
		Source: "demo", Synchronization: "s1", LegalEntity: "3", Remember: !reports,
		From: absence.Date{Year: 2026, Month: 1, Day: 1}, To: absence.Date{Year: 2027, Month: 12, Day: 31},
	}
}
