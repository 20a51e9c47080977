package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// orders are all orders in which the changes of a whole absence, or of one not over, can come.
var orders = [][]string{
	{"created", "approved"}, {"approved", "created"},
	{"created", "approved", "deleted"}, {"created", "deleted", "approved"}, {"approved", "created", "deleted"},
	{"approved", "deleted", "created"}, {"deleted", "created", "approved"}, {"deleted", "approved", "created"},
}

// everyOrder sends each order twice, both at once: the end must be the same, and no
// copy may ever be seen.
func everyOrder(t *testing.T, p *Product, world *World) {
	for _, who := range shaped {
		t.Run(who.provider.word, func(t *testing.T) {
			t.Parallel()
			first, last := day(20, 0), day(22, 0)
			watch := world.Watch(t, who.email, first, last)
			var (
				want    []View
				leaves  []leave
				sending sync.WaitGroup
			)
			for i, order := range orders {
				l := oneDay(who, day(20+i/5, i%5))
				leaves = append(leaves, l)
				if len(order) == 2 {
					want = append(want, who.allDay(l.start, nextDay(l.start), true))
				}
				for range 2 {
					sending.Go(func() { sendAll(t, p, l, order) })
				}
			}
			sending.Wait()
			for i, l := range leaves {
				status := "synced"
				if len(orders[i]) == 3 {
					status = "deleted"
				}
				t.Run(strings.Join(orders[i], ", "), func(t *testing.T) {
					eventually(t, "every change is dealt with", func() error { return heard(p, l.id, 2*len(orders[i])) })
					p.WaitStatus(t, l.id, status)
				})
			}
			world.WaitEvents(t, who, first, last, want...)
			time.Sleep(time.Second) // what comes now would be wrong
			if err := world.Shows(who, first, last, want...); err != nil {
				t.Errorf("it did not stay so: %v", err)
			}
			watch.AtMostOne(t)
		})
	}
}

func sendAll(t *testing.T, p *Product, l leave, order []string) {
	for _, event := range order {
		body := map[string]func() []byte{"created": l.created, "approved": l.approved, "deleted": l.deleted}[event]()
		if err := p.TrySend(body); err != nil {
			t.Error(fmt.Errorf("%s: %w", event, err))
		}
	}
}

func nextDay(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err) // our own dates
	}
	return at.AddDate(0, 0, 1).Format(time.DateOnly)
}
