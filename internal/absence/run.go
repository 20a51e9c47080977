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
	a = a.Normalize()
	off := make(map[Date]bool, len(a.Off))
	for _, d := range a.Off {
		off[d] = true
	}
	var runs []Run
	for _, h := range a.HalfDays {
		if n := len(runs); n > 0 && joined(runs[n-1].last(), h, off) {
			runs[n-1] = append(runs[n-1], h)
			continue
		}
		runs = append(runs, Run{h})
	}
	return runs
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
