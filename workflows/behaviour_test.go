package workflows

import "testing"

// A worker that meets the behaviour of a newer one does not go on in another way.
func TestABehaviourOfANewerWorkerIsRefused(t *testing.T) {
	t.Parallel()
	(behaviourFirst).check()
	defer func() {
		if recover() == nil {
			t.Error("an answer of Route with a newer behaviour is followed")
		}
	}()
	(&State{}).behave(Route{Behaviour: NewestBehaviour + 1})
}
