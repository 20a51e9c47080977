package settings

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// readSynchronizations reads synchronizations and who is in them.
func (f *File) readSynchronizations(list node, sources, connections names) {
	known := names{kind: "synchronization"}
	active := map[legalEntity]int{}
	for i, n := range list.items() {
		s := n.mapping("name", "source", "connection", "legalEntities", "zone", "paused", "confirmAbove", "policy")
		sync := Synchronization{
			Name: known.read(s), Source: sources.refer(s, "source"), Connection: connections.refer(s, "connection"),
			Zone: s.word("zone", zoneHint), Paused: s.at("paused").boolean(false), Policy: readPolicy(s.at("policy")),
			ConfirmAbove: readConfirmAbove(s.at("confirmAbove")),
		}
		lines := active
		if sync.Paused {
			lines = map[legalEntity]int{}
		}
		sync.LegalEntities = readLegalEntities(s, sync.Source, lines)
		for _, id := range sync.LegalEntities {
			entity := legalEntity{sync.Source, id}
			if _, other := f.byLegalEntity[entity]; !other || !sync.Paused {
				f.byLegalEntity[entity] = i
			}
		}
		s.report(ValidateSynchronization(sync, n.r.rules()))
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

// readConfirmAbove reads a number of employees; 0 asks never.
func readConfirmAbove(n node) int {
	if !n.present() {
		return DefaultConfirmAbove
	}
	return n.integer(maxConfirmAbove)
}

// readPolicy reads a policy. Each field has its own default.
func readPolicy(n node) absence.Policy {
	p := absence.DefaultPolicy()
	if n.yaml == nil {
		return p
	}
	f := n.mapping("label", "showType", "wholeDay", "hours", "showPending", "showApproved", "private")
	if label := f.at("label"); label.yaml != nil {
		p.Label = label.text()
	}
	p.ShowType = f.at("showType").boolean(p.ShowType)
	p.WholeDay = choice(f.at("wholeDay"), absence.AllDay, absence.TimeRange)
	p.Hours = readHours(f.at("hours"), p.Hours)
	p.ShowPending = readShowAs(f.at("showPending"), p.ShowPending)
	p.ShowApproved = readShowAs(f.at("showApproved"), p.ShowApproved)
	p.Private = f.at("private").boolean(p.Private)
	return p
}

func readShowAs(n node, missing absence.ShowAs) absence.ShowAs {
	if !n.present() {
		return missing
	}
	return choice(n, absence.Free, absence.Tentative, absence.Busy, absence.OutOfOffice, absence.Elsewhere)
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
	f := n.mapping("blockedRetry", "blockedRetryMax")
	t.BlockedRetry = f.at("blockedRetry").duration(t.BlockedRetry, leastRetry, mostRetry)
	t.BlockedRetryMax = f.at("blockedRetryMax").duration(t.BlockedRetryMax, leastRetry, mostRetry)
	f.report(ValidateTimings(t))
	return t
}
