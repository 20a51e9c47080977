package settings

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/record"
)

// readSynchronizations reads synchronizations and who is in them.
func (f *File) readSynchronizations(list node, sources, connections names) {
	known := names{kind: "synchronization"}
	active := map[legalEntity]int{}
	for i, n := range list.items() {
		sync := Synchronization{ConfirmAbove: DefaultConfirmAbove}
		s := n.record(&sync, "name", "source", "connection", "legalEntities", "exclude", "hideType",
			"fallback")
		sync.Name, sync.Source, sync.Connection = known.read(s), sources.refer(s, "source"),
			connections.refer(s, "connection")
		for _, item := range s.at("fallback").items() {
			sync.Fallback = append(sync.Fallback, connections.named(item))
		}
		sync.Policy = readPolicy(s.at("policy"))
		if n := s.at("reconciliation"); n.present() {
			n.record(&sync.Reconciliation)
		}
		if n := s.at("breaker"); n.present() {
			n.record(&sync.Breaker)
		}
		if n := s.at("watch"); n.present() {
			n.record(&sync.Watch)
		}
		lines := active
		if sync.Paused {
			lines = map[legalEntity]int{}
		}
		sync.LegalEntities = readLegalEntities(s, sync.Source, lines)
		for _, item := range s.at("exclude").items() {
			sync.Exclude = append(sync.Exclude, item.id())
		}
		for _, item := range s.at("hideType").items() {
			sync.HideType = append(sync.HideType, item.id())
		}
		for _, id := range sync.LegalEntities {
			entity := legalEntity{sync.Source, id}
			if _, other := f.byLegalEntity[entity]; !other || !sync.Paused {
				f.byLegalEntity[entity] = i
			}
		}
		record.Clean(&sync)
		s.report(ValidateSynchronization(sync, n.r.rules()), record.Fields("", &sync))
		for _, p := range Reveals(sync.Policy) {
			s.of.find(placeOf(p)).warn(fileTexts[CodeReveals] + "; until then they are shown with the label")
		}
		f.synchronizations = append(f.synchronizations, sync)
	}
}

// readLegalEntities reads ids of legal entities, each in none but this
// synchronization; lines are those of the ones that are taken. A paused one takes
// none: what it has may be in others too, one of them active.
func readLegalEntities(f fields, source string, lines map[legalEntity]int) (ids []string) {
	const hint = "write a list of the legal entities' ids"
	for _, item := range f.items("legalEntities", hint) {
		entity := legalEntity{source, item.id()}
		if entity.id == "" {
			continue
		}
		if line, twice := lines[entity]; twice {
			item.fail("the legal entity %q of the source %q is there twice, first on line %d: an absence goes to one calendar, keep one", entity.id, entity.source, line)
			continue
		}
		lines[entity] = item.line
		ids = append(ids, entity.id)
	}
	return ids
}

// readPolicy reads a policy. Each field has its own default.
func readPolicy(n node) absence.Policy {
	p := absence.DefaultPolicy()
	if n.yaml != nil {
		f := n.record(&p)
		p.Hours = readHours(f.at("hours"), p.Hours)
		if replies := f.at("automaticReplies"); replies.present() {
			replies.record(&p.AutomaticReplies)
		}
	}
	return p
}

// readHours reads {morning: "09:00-12:00", afternoon: "14:00-18:00"}.
func readHours(n node, hours absence.Hours) absence.Hours {
	f := n.mapping("morning", "afternoon")
	hours.MorningStart, hours.MorningEnd = readRange(f.at("morning"), hours.MorningStart, hours.MorningEnd)
	hours.AfternoonStart, hours.AfternoonEnd = readRange(f.at("afternoon"), hours.AfternoonStart, hours.AfternoonEnd)
	return hours
}

// readRange reads two times of day with a dash between them.
func readRange(n node, start, end absence.Clock) (absence.Clock, absence.Clock) {
	if !n.present() {
		return start, end
	}
	from, to, dash := strings.Cut(n.text(), "-")
	first, err1 := absence.ParseClock(strings.TrimSpace(from))
	last, err2 := absence.ParseClock(strings.TrimSpace(to))
	if !dash || err1 != nil || err2 != nil || first >= last {
		n.fail("%s", fileTexts[CodeHoursOrder])
		return start, end
	}
	return first, last
}

// The bounds of the timings.
const (
	leastRetry = time.Second
	mostRetry  = 30 * 24 * time.Hour
)

// readTimings reads the block timings.
func readTimings(n node) Timings {
	t := DefaultTimings()
	n.record(&t).report(ValidateTimings(t), nil)
	return t
}
