package texts

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Number writes a whole number with the language's groups of three: a narrow
// no-break space in French, a comma in English.
func (w Localizer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	separator := "\u202f"
	if w.Lang == English {
		separator = ","
	}
	out := ""
	for len(digits) > 3 {
		out, digits = separator+digits[len(digits)-3:]+out, digits[:len(digits)-3]
	}
	return sign + digits + out
}

// decimal writes a number with one digit after the comma or point, none when it
// is 0.
func (w Localizer) decimal(value float64) string {
	text := strconv.FormatFloat(math.Round(value*10)/10, 'f', -1, 64)
	if w.Lang == English {
		return text
	}
	for i := range text {
		if text[i] == '.' {
			return text[:i] + "," + text[i+1:]
		}
	}
	return text
}

// Duration is a length of time in few signs: "340 ms", "2,4 s", "3 min", "2 h".
func (w Localizer) Duration(d time.Duration) string {
	const space = "\u00a0"
	switch {
	case d < time.Second:
		return w.Number(d.Milliseconds()) + space + "ms"
	case d < time.Minute:
		return w.decimal(d.Seconds()) + space + "s"
	case d < time.Hour:
		return w.decimal(d.Minutes()) + space + "min"
	case d < 48*time.Hour:
		return w.decimal(d.Hours()) + space + "h"
	}
	days := int64(d / (24 * time.Hour))
	return w.Number(days) + space + Text{"j", "d"}.In(w.Lang)
}

var months = [...]Text{
	{"janvier", "January"}, {"février", "February"}, {"mars", "March"}, {"avril", "April"}, {"mai", "May"}, {"juin", "June"},
	{"juillet", "July"}, {"août", "August"}, {"septembre", "September"}, {"octobre", "October"}, {"novembre", "November"}, {"décembre", "December"},
}

// Date is the civil date of a time in its own location: "3 mars 2026".
func (w Localizer) Date(t time.Time) string {
	return fmt.Sprintf("%s %s %d", w.Day(t.Day()), months[t.Month()-1].In(w.Lang), t.Year())
}

// Day is the number of a day of a month beside its name or a weekday's: "1er", "2".
func (w Localizer) Day(n int) string {
	if n == 1 && w.Lang != English {
		return "1er"
	}
	return strconv.Itoa(n)
}

// Moment is a date and a time of day, in UTC: "3 mars 2026 à 14:05 UTC".
func (w Localizer) Moment(t time.Time) string {
	t = t.UTC()
	return w.Date(t) + Text{" à ", ", "}.In(w.Lang) + t.Format("15:04 MST")
}

// Ago is how far a moment is from now: "il y a 3 min", "dans 2 h", "à l’instant".
// Days and more are whole.
func (w Localizer) Ago(t time.Time) string {
	distance := w.Now.Sub(t)
	past := distance >= 0
	if !past {
		distance = -distance
	}
	const space = "\u00a0"
	size := ""
	switch {
	case distance < 10*time.Second:
		return Text{"à l’instant", "just now"}.In(w.Lang)
	case distance < time.Minute:
		size = w.Number(int64(distance/time.Second)) + space + "s"
	case distance < time.Hour:
		size = w.Number(int64(distance/time.Minute)) + space + "min"
	case distance < 24*time.Hour:
		size = w.Number(int64(distance/time.Hour)) + space + "h"
	default:
		days := int64(distance / (24 * time.Hour))
		size = w.Fill(Text{"{n}\u00a0{n|jour|jours}", "{n}\u00a0{n|day|days}"}, "n", days)
	}
	if past {
		return Text{"il y a " + size, size + " ago"}.In(w.Lang)
	}
	return Text{"dans " + size, "in " + size}.In(w.Lang)
}
