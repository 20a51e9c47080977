package worker

import (
	"errors"
	"log/slog"
	"slices"
	"testing"
)

// Automatic replies learn that their synchronization was changed, paused or removed; where
// there are none nobody is asked anything.
func TestRepliesLearnOfChangedSettings(t *testing.T) {
	t.Parallel()
	all, company := &index{}, newCompany()
	f := newFollower(newWaker(company, all, slog.New(slog.DiscardHandler)), nil)
	look := func(want ...string) {
		t.Helper()
		all.looked = nil
		err := f.lookAtReplies(t.Context(), slices.Clone(company.synchronizations))
		if (err != nil) != (all.err != nil && len(want) > 0) || !slices.Equal(all.looked, want) {
			t.Errorf("asked %q, %v, want %q", all.looked, err, want)
		}
	}
	look()
	company.synchronizations[0].Paused = true
	look()
	company.synchronizations[0].Policy.AutomaticReplies.Enabled = true
	look()
	look()
	company.synchronizations[0].Policy.AutomaticReplies.Inside = "Back on {back}"
	all.err = errors.New("temporal is away")
	look("acme/paris")
	all.err = nil
	look("acme/paris")
	look()
	f.grantedReplies(t.Context(), "google")
	if f.grantedReplies(t.Context(), "office"); !slices.Equal(all.looked, []string{"acme/paris"}) {
		t.Errorf("granted, asked %q", all.looked)
	}
	company.synchronizations = company.synchronizations[1:]
	look("acme/paris")
	look()
}
