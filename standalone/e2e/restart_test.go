package e2e_test

import (
	"net/http"
	"testing"
)

// Whatever an absence waits for, a restart makes it wait on, and loses nothing.
func TestARestartLosesNothing(t *testing.T) {
	t.Parallel()
	p, world := StartProduct(t)
	cut, joiner, slow := cutOff[2], joiners[0], shaped[0]
	first, last := day(1, 0), day(2, 0)
	written, deleted, moving := oneDay(jane, day(1, 0)), oneDay(jane, day(1, 1)), oneDay(shaped[1], day(1, 2))
	waiting, blocked, underWay := oneDay(cut, day(1, 3)), oneDay(joiner, day(1, 4)), oneDay(slow, day(1, 0))
	for _, l := range []leave{written, deleted, moving} {
		p.Send(t, l.approved())
	}
	p.WaitStatus(t, deleted.id, "synced")
	p.Send(t, deleted.deleted())
	world.Break(t, fault{Target: cut.provider.name, Match: waiting.marker(), Status: new(http.StatusServiceUnavailable), Times: forever})
	p.Send(t, waiting.approved())
	p.Send(t, blocked.approved())
	p.WaitStatus(t, written.id, "synced")
	p.WaitStatus(t, moving.id, "synced")
	p.WaitStatus(t, deleted.id, "deleted")
	p.WaitStatus(t, waiting.id, "retrying")
	p.WaitStatus(t, blocked.id, "blocked")

	// The last one is stopped in the middle of a write.
	world.Break(t, fault{Target: slow.provider.name, Match: underWay.marker(), Delay: "2s", Times: 3})
	watch := world.Watch(t, slow.email, first, last)
	p.Send(t, underWay.approved())
	eventually(t, "a slow request is under way", func() error { return world.hit(underWay.marker()) })
	p.Stop()

	moved := move(t, world, moving.who)
	p.Start()
	p.WaitStatus(t, written.id, "synced")
	p.WaitStatus(t, deleted.id, "deleted")
	p.Send(t, deleted.approved()) // late, and known to be late
	world.Mend(t)
	world.GiveMailbox(t, joiner.email)
	for _, l := range []leave{written, waiting, blocked, underWay} {
		p.WaitStatus(t, l.id, "synced")
		world.WaitEvents(t, l.who, first, last, l.who.allDay(l.start, nextDay(l.start), true))
	}
	watch.AtMostOne(t)
	p.Send(t, moving.edited())
	world.WaitEvents(t, moving.who, first, last)
	world.WaitEvents(t, moved, first, last, moved.allDay(moving.start, nextDay(moving.start), true))
	if standing := p.WaitStatus(t, moving.id, "synced"); standing.LegalEntity != "3" || standing.Connection != "demo-google" {
		t.Errorf("the moved person's absence is said to be in legal entity %s at %s", standing.LegalEntity, standing.Connection)
	}
	p.Stop()
}

// move moves an employee to legal entity 3, where he gets a new address; the old
// mailbox stays.
func move(t *testing.T, world *World, who person) person {
	t.Helper()
	moved := person{id: who.id, legalEntity: "3", email: "moved." + who.email, provider: google}
	world.settle(t, moved)
	return moved
}
