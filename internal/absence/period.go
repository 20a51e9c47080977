package absence

import "fmt"

// maxPeriodDays is the longest period FromPeriod accepts; Lucca's own leaves
// have at most 365 days.
const maxPeriodDays = 400

// FromPeriod returns the absence that lasts from the half-day (startsOn,
// startPart) to the half-day (endsOn, endPart), both inclusive. Saturdays and
// Sundays are left out, unless the whole period lies on them: then the employee
// meant them. It refuses an end before the start, days that do not exist, and
// periods of more than 400 days.
func FromPeriod(startsOn Date, startPart Part, endsOn Date, endPart Part, confirmed bool) (Absence, error) {
	first := HalfDay{Date: startsOn, Part: startPart, Confirmed: confirmed}
	last := HalfDay{Date: endsOn, Part: endPart, Confirmed: confirmed}
	if err := validatePeriod(first, last); err != nil {
		return Absence{}, err
	}
	var weekdays, all []HalfDay
	for h := first; compareHalfDays(h, last) <= 0; h = h.next() {
		all = append(all, h)
		if !h.Date.isWeekend() {
			weekdays = append(weekdays, h)
		}
	}
	if len(weekdays) == 0 {
		return Absence{HalfDays: all}, nil
	}
	return Absence{HalfDays: weekdays}, nil
}

func validatePeriod(first, last HalfDay) error {
	if err := first.validate(); err != nil {
		return fmt.Errorf("start of the period: %w", err)
	}
	if err := last.validate(); err != nil {
		return fmt.Errorf("end of the period: %w", err)
	}
	if compareHalfDays(last, first) < 0 {
		return fmt.Errorf("the period ends (%s %s) before it starts (%s %s): write an end that is not before the start",
			last.Date, last.Part, first.Date, first.Part)
	}
	if days := first.Date.DaysUntil(last.Date) + 1; days > maxPeriodDays {
		return fmt.Errorf("the period has %d days: write at most %d, or split it", days, maxPeriodDays)
	}
	return nil
}

// next returns the half-day right after h, otherwise like h.
func (h HalfDay) next() HalfDay {
	if h.Part == Morning {
		h.Part = Afternoon
		return h
	}
	h.Date, h.Part = h.Date.AddDays(1), Morning
	return h
}
