package activities

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/figgosync/figgosync/workflows"
)

// While one question is under way, those that come are asked together; each gets its
// own answer, an error included.
func TestDeletionsThatComeTogetherAreAskedTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all admissions
		var asked []int
		free := make(chan struct{})
		ask := func(_ context.Context, r workflows.AdmitRequest) (answers []workflows.Admission, err error) {
			asked = append(asked, len(r.Deletions))
			<-free
			for _, one := range r.Deletions {
				answers = append(answers, workflows.Admission(one.Absence))
			}
			if len(asked) == 3 {
				return nil, errors.New("Temporal does not answer")
			}
			return answers, nil
		}
		var each []*admission
		for i := range 1 + 2*admissionsAtOnce {
			each = append(each, all.add(workflows.AdmitRequest{
				Source: "demo", Deletions: []workflows.HeldDeletion{{Absence: fmt.Sprint(i)}},
			}, ask))
			if i == 0 {
				synctest.Wait()
			}
		}
		close(free)
		for i, one := range each {
			<-one.done
			if failed := i > admissionsAtOnce; (one.err != nil) != failed || !failed && one.answer != workflows.Admission(fmt.Sprint(i)) {
				t.Fatalf("deletion %d: %q, %v", i, one.answer, one.err)
			}
		}
		if len(asked) != 3 || asked[0] != 1 || asked[1] != admissionsAtOnce {
			t.Errorf("asked %v", asked)
		}
		synctest.Wait()
		if len(all.waiting) != 0 {
			t.Error("the source is still busy")
		}
	})
}
