package absence

// FillDays makes a whole day of a morning and an afternoon whose amounts in hours add
// up to a day's hours or more: sources that list half-days tell a whole day of an
// account in hours only so. a is left as it was.
func FillDays(a Absence, hours Hours) Absence {
	a = a.Normalize()
	day := int(hours.MorningEnd - hours.MorningStart + hours.AfternoonEnd - hours.AfternoonStart)
	for i := range len(a.HalfDays) - 1 {
		morning, afternoon := &a.HalfDays[i], &a.HalfDays[i+1]
		inHours := morning.Date == afternoon.Date && morning.Minutes > 0 && afternoon.Minutes > 0
		if inHours && morning.Minutes+afternoon.Minutes >= day {
			morning.Minutes, afternoon.Minutes = 0, 0
		}
	}
	return a
}
