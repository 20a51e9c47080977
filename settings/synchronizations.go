package settings

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/absence"
)

// readSynchronizations reads synchronizations and who is in them.
func (f *File) readSynchronizations(list node, sources, connections names) {
	known := names{kind: "synchronization"}
	lines := map[legalEntity]int{}
	for i, n := range list.items() {
		s := n.mapping("name", "source", "connection", "legalEntities", "zone", "paused", "confirmAbove", "policy")
		sync := Synchronization{
			Name: known.read(s), Source: sources.refer(s, "source"), Connection: connections.refer(s, "connection"),
			Zone: readZone(s), Paused: s.at("paused").boolean(false), Policy: readPolicy(s.at("policy")),
			ConfirmAbove: readConfirmAbove(s.at("confirmAbove")),
		}
		const hint = "write a list of the legal entities' ids"
		for _, item := range s.items("legalEntities", hint) {
			entity := legalEntity{sync.Source, item.id()}
			if entity.id == "" {
				continue
			}
			if line, twice := lines[entity]; twice {
				item.fail("the legal entity %q of the source %q is there twice, first on line %d: an absence goes to one calendar, keep one", entity.id, entity.source, line)
				continue
			}
			lines[entity] = item.line
			f.byLegalEntity[entity] = i
			sync.LegalEntities = append(sync.LegalEntities, entity.id)
		}
		f.synchronizations = append(f.synchronizations, sync)
	}
}

// readConfirmAbove reads a number of employees; 0 asks never.
func readConfirmAbove(n node) int {
	if !n.present() {
		return DefaultConfirmAbove
	}
	return n.integer(10_000_000)
}

// readZone reads the zone for legal entities that name none. "Local" would be
// the zone of whatever machine this runs on.
func readZone(f fields) string {
	const hint = "write an IANA time zone such as Europe/Paris"
	zone := f.word("zone", hint)
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		f.at("zone").fail("%q is not known: %s", zone, hint)
	}
	return zone
}

// readPolicy reads a policy. Each field has its own default.
func readPolicy(n node) absence.Policy {
	p := absence.DefaultPolicy()
	if n.yaml == nil {
		return p
	}
	before := len(n.r.faults)
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
	if len(n.r.faults) > before {
		return p
	}
	// All but the label's length and characters is checked above.
	if err := p.Validate(); err != nil {
		f.at("label").fail("it %s", strings.TrimPrefix(err.Error(), "label "))
	}
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
	before := len(n.r.faults)
	f := n.mapping("morning", "afternoon")
	hours.MorningStart, hours.MorningEnd = readRange(f.at("morning"), hours.MorningStart, hours.MorningEnd)
	hours.AfternoonStart, hours.AfternoonEnd = readRange(f.at("afternoon"), hours.AfternoonStart, hours.AfternoonEnd)
	if len(n.r.faults) == before && hours.AfternoonStart < hours.MorningEnd {
		n.fail("the afternoon starts at %s, before the morning ends at %s: write both, one after the other", hours.AfternoonStart, hours.MorningEnd)
	}
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
		n.fail(`it is not two times of day, one after the other: write them as "09:00-12:00"`)
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
	if t.BlockedRetryMax < t.BlockedRetry {
		n.fail("blockedRetryMax is %s, shorter than blockedRetry, %s: write the longer one last", short(t.BlockedRetryMax), short(t.BlockedRetry))
	}
	return t
}
