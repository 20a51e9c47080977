package worker

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/figgo/changes"
	"github.com/figgosync/figgosync/workflows"
)

type wakes []workflows.WakeRequest

func (w *wakes) Wake(_ context.Context, request workflows.WakeRequest) error {
	*w = append(*w, request)
	return nil
}

// People whom a comparison found changed are forgotten by every directory that follows,
// and their absences woken once all of them know.
func TestChangedPeopleAreForgottenAndWoken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		feed, woken := changes.New(nil), &wakes{}
		if err := (changedPeople{feed, woken}).Changed(t.Context(), "demo", []string{"416", "417"}); err != nil {
			t.Fatal(err)
		}
		want := wakes{{Source: "demo", Employees: []string{"416", "417"}, After: changes.Delay}}
		if diff := cmp.Diff(want, *woken); diff != "" {
			t.Errorf("woken (-want +got):\n%s", diff)
		}
		ctx, cancel := context.WithCancel(t.Context())
		forgotten := map[string]bool{}
		go feed.Follow(ctx, func(source string, employees []string) {
			for _, one := range employees {
				forgotten[source+" "+one] = true
			}
		})
		synctest.Wait()
		cancel()
		if diff := cmp.Diff(map[string]bool{"demo 416": true, "demo 417": true}, forgotten); diff != "" {
			t.Errorf("forgotten (-want +got):\n%s", diff)
		}
	})
}
