package workflows

import "slices"

// Add adds other numbers to these.
func (c *Counted) Add(o Counted) {
	c.Deletions += o.Deletions
	c.Changes += o.Changes
	c.Of += o.Of
}

// CountOf is what announcing an absence as Figgo lists it would do to the events that its
// workflow remembers. An event that moves to another mailbox is changed.
func CountOf(state State, listed Listed) Counted {
	stand := state.Standing()
	counted := Counted{Of: stand}
	route, change := listed.Change.Route, listed.Change
	switch {
	case stand == 0 || change.ChangedAt.Before(state.ChangedAt): // what is older counts for nothing
	case route == nil: // the workflow will ask: the absence itself is all that is known
		if !same(RoutedContent(listed.Kind, change.Absence), state.Content) {
			counted.Changes = stand
		}
	case route.nowhere():
		counted.Deletions = stand
	case route.Outcome != RouteWrite || route.Target.shownBy(state.Applied):
	default:
		counted.Changes = min(stand, len(route.Target.Events))
		counted.Deletions = stand - counted.Changes
	}
	return counted
}

// shownBy tells that the target, or one of its Others, was written last.
func (t *Target) shownBy(applied *Applied) bool {
	return t.Fingerprint == applied.Fingerprint ||
		slices.ContainsFunc(t.Others, func(o Target) bool { return o.Fingerprint == applied.Fingerprint })
}

// Standing is how many events of the absence stand in its owner's calendar.
func (s *State) Standing() int {
	if s.Applied == nil {
		return 0
	}
	return len(s.Applied.Events)
}
