package e2e_test

import "testing"

// theDocumentedLeave sends Lucca's own sample, as it is for its Jane Doe and with
// another id for a person of each other legal entity.
func theDocumentedLeave(t *testing.T, p *Product, world *World) {
	const first, last, after = "2026-02-02", "2026-02-03", "2026-02-04"
	for _, who := range documented {
		for _, end := range []struct {
			name string
			body func(leave) []byte
		}{{"cancelled", leave.cancelled}, {"deleted", leave.deleted}} {
			t.Run(who.provider.word+"/"+end.name, func(t *testing.T) {
				l := leave{id: absenceID(), who: who, start: first, end: last, days: wholeDays(first, last)}
				approval := l.approved()
				if who == jane && end.name == "cancelled" {
					l.id, approval = "8750", []byte(documentedEvent)
				}
				p.Send(t, l.created())
				world.WaitEvents(t, who, first, after, who.allDay(first, after, false))
				p.Send(t, approval)
				world.WaitEvents(t, who, first, after, who.allDay(first, after, true))
				p.Send(t, end.body(l))
				world.WaitEvents(t, who, first, after)
				p.WaitStatus(t, l.id, "deleted")
			})
		}
	}
}

// theDocumentedHalfDays sends a two-day absence as four posts, one of them Lucca's
// own sample. The owner's id there is another than Lucca's v5 API gives him.
func theDocumentedHalfDays(t *testing.T, p *Product, world *World) {
	const first, last, after = "2026-04-23", "2026-04-24", "2026-04-25"
	for i, who := range documented {
		t.Run(who.provider.word, func(t *testing.T) {
			t.Parallel()
			period, owner := absenceID(), 134+i
			if who == jane {
				period = "78287"
			}
			send := func(event string) {
				for _, date := range []string{first, last} {
					for _, part := range []string{"AM", "PM"} {
						body := halfDay{period, date, part, owner, who.email}.post(event)
						if who == jane && event == "approved" && date == last && part == "PM" {
							body = []byte(documentedHalfDay)
						}
						p.Post(t, event, body)
					}
				}
			}
			watch := world.Watch(t, who.email, first, after)
			send("created")
			world.WaitEvents(t, who, first, after, who.allDay(first, after, false))
			send("approved")
			world.WaitEvents(t, who, first, after, who.allDay(first, after, true))
			send("deleted")
			world.WaitEvents(t, who, first, after)
			p.WaitStatus(t, period, "deleted")
			watch.AtMostOne(t)
		})
	}
}
