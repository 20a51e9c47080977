package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/workflows"
)

const (
	// paceMemory is how long the wait of a live change counts.
	paceMemory = 5 * time.Second
	// crowdedAt is the wait for one activity's turn from which live changes are
	// held up. It is some 10 to 30 ms where nothing else is done, embedded SQLite
	// and PostgreSQL alike, and 100 ms where an initialization uses all of one
	// processor.
	crowdedAt = 40 * time.Millisecond
)

// pace remembers how long live changes waited for their turn in this process.
// Priorities order queues only: processor and database are shared by all that
// was let through. The zero value is ready.
type pace struct {
	mu    sync.Mutex
	waits []liveWait // by time
}

type liveWait struct {
	at   time.Time
	took time.Duration
}

// note records how long the activity of ctx waited, if it is a live change's
// first attempt.
func (p *pace) note(ctx context.Context) {
	if !activity.IsActivity(ctx) {
		return
	}
	info := activity.GetInfo(ctx)
	if info.Attempt == 1 && info.Priority.PriorityKey == workflows.PriorityLive {
		p.add(time.Now(), info.StartedTime.Sub(info.ScheduledTime))
	}
}

func (p *pace) add(now time.Time, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	p.waits = append(p.waits, liveWait{now, took})
}

func (p *pace) forget(now time.Time) {
	old := 0
	for old < len(p.waits) && now.Sub(p.waits[old].at) > paceMemory {
		old++
	}
	p.waits = p.waits[old:]
}

// crowded tells whether the live changes of the last seconds, if there were any,
// waited too long on average.
func (p *pace) crowded(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	var sum time.Duration
	for _, wait := range p.waits {
		sum += wait.took
	}
	return len(p.waits) > 0 && sum/time.Duration(len(p.waits)) > crowdedAt
}
