package absence

// Run is a stretch of an absence that is shown as one event: half-days in time
// order with nothing but days off between them. It is never empty.
type Run []HalfDay

// Runs returns the runs of the absence in time order; a need not be normalized.
//
// Half-days that follow each other are one run. Saturdays, Sundays and days in
// Absence.Off between two of them do not split it; a missing half-day of a
// working day does. A half-day of the set counts as absent whatever day it is on,
// so a run starts and ends on a half-day of the set, never on a bridged day. A
// half-day of which only some minutes are taken is a run of its own.
func Runs(a Absence) []Run {
	var runs []Run
	for _, run := range lookedRuns(a, Policy{}) {
		runs = append(runs, run.Run)
	}
	return runs
}

// lookedRun is a run whose half-days all look the same.
type lookedRun struct {
	Run
	look look
	// back is the first day on which its owner is back at work, or is no longer elsewhere.
	back Date
}

// lookedRuns are the runs of what the policy writes of the absence.
func lookedRuns(a Absence, p Policy) []lookedRun {
	a = a.Normalize()
	off := make(map[Date]bool, len(a.Off))
	for _, d := range a.Off {
		off[d] = true
	}
	looks := map[Type]look{}
	var runs []lookedRun
	for _, h := range a.HalfDays {
		t := a.typeOf(h)
		l, known := looks[t]
		if !known {
			l = p.lookOf(t)
			looks[t] = l
		}
		if !l.writes(h) {
			continue
		}
		l.write = "" // which requests are written is no matter of looks
		if n := len(runs); n > 0 && runs[n-1].look == l && l.joins(runs[n-1].last(), h) && joined(runs[n-1].last(),
			h, off) {
			runs[n-1].Run = append(runs[n-1].Run, h)
			continue
		}
		runs = append(runs, lookedRun{Run: Run{h}, look: l})
	}
	for i, run := range runs {
		runs[i].back = backAfter(run, a.HalfDays, off, func(h HalfDay) bool {
			return (looks[a.typeOf(h)].place == "") == (run.look.place == "")
		})
	}
	return runs
}

// backAfter is the first day, after a run, of which neither the absence nor its calendar
// says that its owner is away: half-days that follow are of other runs, or not written.
func backAfter(run lookedRun, all []HalfDay, off map[Date]bool, away func(HalfDay) bool) Date {
	last := run.last()
	if last.Minutes > 0 {
		return last.Date
	}
	for _, h := range all {
		if compareHalfDays(h, workedAfter(last, off)) == 0 && h.Minutes == 0 && away(h) {
			last = h
		}
	}
	return workedAfter(last, off).Date
}

// workedAfter is the first half-day after another one that is on no day off.
func workedAfter(h HalfDay, off map[Date]bool) HalfDay {
	next := h.next()
	for next.Date != h.Date && (next.Date.isWeekend() || off[next.Date]) {
		next.Date = next.Date.AddDays(1)
	}
	return next
}

// joined tells whether next continues the run that ends with prev.
func joined(prev, next HalfDay, off map[Date]bool) bool {
	if prev.Minutes > 0 || next.Minutes > 0 {
		return false
	}
	for h := prev.next(); compareHalfDays(h, next) < 0; h = h.next() {
		if !h.Date.isWeekend() && !off[h.Date] {
			return false
		}
	}
	return true
}

func (r Run) first() HalfDay { return r[0] }
func (r Run) last() HalfDay  { return r[len(r)-1] }

// FirstDay returns the run's first day.
func (r Run) FirstDay() Date { return r.first().Date }

// LastDay returns the run's last day, on which the employee is still absent.
func (r Run) LastDay() Date { return r.last().Date }

// WholeDays tells whether the run begins with a morning and ends with an
// afternoon, so that it fills every day it touches.
func (r Run) WholeDays() bool {
	return r.first().Part == Morning && r.last().Part == Afternoon
}

// Status is Confirmed when all half-days of the run are, else Pending.
func (r Run) Status() Status {
	for _, h := range r {
		if !h.Confirmed {
			return Pending
		}
	}
	return Confirmed
}
