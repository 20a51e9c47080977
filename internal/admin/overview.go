package admin

import (
	"context"
	"time"

	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/workflows"
)

// The states of a synchronization's Health.
const (
	StateGood    = "good"
	StateWorking = "working"
	StateTrouble = "trouble"
	StatePaused  = "paused"
	StateIdle    = "idle"
)

// Overview gathers how every synchronization does. Counts are of the absences
// that live (see starter.AbsencesQuery) and may be three seconds old. It does not
// wait for Figgo for more than a second, and does without Temporal: EngineDown is
// true then. Errors are those of the settings.
func (s *Service) Overview(ctx context.Context) (Overview, error) {
	sources, err := s.config.Settings.Sources(ctx)
	if err != nil {
		return Overview{}, err
	}
	connections, err := s.config.Settings.Connections(ctx)
	if err != nil {
		return Overview{}, err
	}
	views, err := s.Synchronizations(ctx)
	if err != nil {
		return Overview{}, err
	}
	overview := Overview{Synchronizations: []Health{}, Sources: len(sources), Connections: len(connections),
		ReadOnly: s.ReadOnly()}
	names := make(chan map[string]map[string]string, 1)
	go func() { names <- s.luccas.names(ctx, sources) }()
	tallies, err := s.tallies.read(ctx, views)
	if err != nil {
		overview.EngineDown = true
		s.config.Log.Warn("the overview has no counts", "error", err)
	}
	overview.Stuck = s.tallies.stuckNow()
	refused, err := s.refusedReplies.read(ctx, views)
	if err != nil {
		s.config.Log.Warn("the overview knows nothing of refused automatic replies", "error", err)
	}
	measured := s.measured(ctx)
	known := <-names
	for _, view := range views {
		health := Health{SynchronizationView: view, Counts: tallies[view.Name].counts,
			Reasons: tallies[view.Name].reasons}
		health.State = stateOf(view.Paused, health.Counts)
		health.measure(measured[view.Name])
		health.Watch, health.Replies = s.watchOf(ctx, view.Synchronization), refused[view.Name]
		for _, id := range view.LegalEntities {
			health.LegalEntityNames = append(health.LegalEntityNames, orDefault(known[view.Source][id], id))
		}
		overview.Synchronizations = append(overview.Synchronizations, health)
	}
	return overview, nil
}

func stateOf(paused bool, counts map[workflows.Status]int) string {
	total := 0
	for _, count := range counts {
		total += count
	}
	switch {
	case paused:
		return StatePaused
	case counts[workflows.StatusBlocked] > 0:
		return StateTrouble
	case counts[workflows.StatusPending]+counts[workflows.StatusRetrying] > 0:
		return StateWorking
	case total == 0:
		return StateIdle
	}
	return StateGood
}

// measurement is what was measured of one synchronization.
type measurement struct {
	day, ever delays.Bucket
	series    []delays.Bucket
}

const (
	delaysOver = 24 * time.Hour
	// lastWithin is how far back the last change is looked for.
	lastWithin = 30 * 24 * time.Hour
)

// measured reads the delays of all synchronizations; without them the overview is
// still one.
func (s *Service) measured(ctx context.Context) map[string]measurement {
	all := map[string]measurement{}
	if s.config.Delays == nil {
		return all
	}
	now := s.config.Now()
	buckets, day, err := s.config.Delays.Read(ctx, now.Add(-delaysOver))
	if err == nil {
		var ever []delays.Bucket
		_, ever, err = s.config.Delays.Read(ctx, now.Add(-lastWithin))
		for _, total := range ever {
			all[total.Synchronization] = measurement{ever: total}
		}
	}
	if err != nil {
		s.config.Log.Warn("the overview has no delays", "error", err)
		return map[string]measurement{}
	}
	for _, total := range day {
		one := all[total.Synchronization]
		one.day = total
		all[total.Synchronization] = one
	}
	for _, bucket := range buckets {
		one := all[bucket.Synchronization]
		one.series = append(one.series, bucket)
		all[bucket.Synchronization] = one
	}
	return all
}

// LastLive tells when the last live change reached a calendar, by synchronization.
// Those of which nothing is known are left out.
func (s *Service) LastLive(ctx context.Context) map[string]time.Time {
	last := map[string]time.Time{}
	for name, one := range s.measured(ctx) {
		var health Health
		if health.measure(one); !health.Last.IsZero() {
			last[name] = health.Last
		}
	}
	return last
}

func (h *Health) measure(m measurement) {
	h.P50, h.P95, h.Series = m.day.P50, m.day.P95, m.series
	h.Last = m.ever.Last
	if m.day.Last.After(h.Last) {
		h.Last = m.day.Last
	}
}
