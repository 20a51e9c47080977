package e2e_test

import (
	"net/http"
	"testing"
)

// systemsInTrouble keeps all faults together, for mending mends them all.
func systemsInTrouble(t *testing.T, p *Product, world *World) {
	t.Run("answers get lost", func(t *testing.T) {
		for _, who := range unanswered {
			t.Run(who.provider.word, func(t *testing.T) {
				t.Parallel()
				lostAnswers(t, p, world, who)
			})
		}
	})
	t.Run("all are down", func(t *testing.T) { allAreDown(t, p, world) })
}

// lostAnswers has the provider do its work and then cut the line, or say that it
// failed: at most one event is seen all the time.
func lostAnswers(t *testing.T, p *Product, world *World, who person) {
	first, last := day(1, 0), day(2, 0)
	watch := world.Watch(t, who.email, first, last)
	var want []View
	for i, status := range []int{0, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		l := oneDay(who, day(1, i))
		creation := who.provider.creates + l.marker()
		world.Break(t, fault{Target: who.provider.name, Match: creation, Status: new(status), AfterCommit: true})
		p.Send(t, l.approved())
		want = append(want, who.allDay(l.start, nextDay(l.start), true))
		world.WaitEvents(t, who, first, last, want...)
		p.WaitStatus(t, l.id, "synced")
		if hits := world.Hits(t, creation); hits != 1 {
			t.Errorf("%d answers were lost, want 1: this test tests nothing", hits)
		}
	}
	if err := world.Shows(who, first, last, want...); err != nil {
		t.Error(err)
	}
	watch.AtMostOne(t)
}

// allAreDown takes every system away from some people, has their absences
// announced, and gives the systems back.
func allAreDown(t *testing.T, p *Product, world *World) {
	first, last := day(1, 0), day(2, 0)
	world.Break(t, fault{Target: "lucca", Match: "employees.*" + unheardOf.id, Status: new(http.StatusServiceUnavailable), Times: forever})
	world.Break(t, fault{Target: "lucca", Match: "employees.*" + refused.id, Status: new(http.StatusUnauthorized), Times: forever})

	stays, goes, watches := map[person]leave{}, map[person]leave{}, map[person]*Watch{}
	for _, who := range cutOff {
		watches[who] = world.Watch(t, who.email, first, last)
		stays[who], goes[who] = oneDay(who, day(1, 1)), oneDay(who, day(1, 3))
		for _, l := range []leave{stays[who], goes[who]} {
			world.Break(t, fault{Target: who.provider.name, Match: l.marker(), Status: new(http.StatusServiceUnavailable), Times: forever})
		}
		p.Send(t, stays[who].created())
		p.Send(t, stays[who].approved())
		p.Send(t, goes[who].created())
	}
	unheard, turnedAway := oneDay(unheardOf, day(1, 1)), oneDay(refused, day(1, 1))
	p.Send(t, unheard.approved())
	p.Send(t, turnedAway.approved())

	for _, who := range cutOff {
		p.WaitStatus(t, stays[who].id, "retrying")
		p.WaitStatus(t, goes[who].id, "retrying")
		p.Send(t, goes[who].deleted())
	}
	p.WaitStatus(t, unheard.id, "retrying")
	checkReason(t, p, p.WaitStatus(t, turnedAway.id, "blocked"), turnedAway.id, "source-rejected", "Lucca refuse notre clé", "Lucca refuses our integration key")
	for _, who := range cutOff {
		if err := world.Shows(who, first, last); err != nil {
			t.Errorf("%s while it is down: %v", who.provider.word, err)
		}
	}

	world.Mend(t)
	for _, who := range cutOff {
		l := stays[who]
		world.WaitEvents(t, who, first, last, who.allDay(l.start, nextDay(l.start), true))
		p.WaitStatus(t, l.id, "synced")
		p.WaitStatus(t, goes[who].id, "deleted")
		watches[who].Never(t, goes[who].start)
		watches[who].AtMostOne(t)
	}
	for _, l := range []leave{unheard, turnedAway} {
		world.WaitEvents(t, l.who, first, last, l.who.allDay(l.start, nextDay(l.start), true))
	}
}
