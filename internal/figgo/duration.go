package figgo

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// wholeDayMinutes and more is no amount of hours but the whole of it.
const wholeDayMinutes = 24 * 60

var (
	// isoDuration are the ISO 8601 durations of fixed length. Months and years
	// have none and are not matched.
	isoDuration = regexp.MustCompile(`^P(?:(\d{1,6}(?:[.,]\d{1,9})?)W)?(?:(\d{1,6}(?:[.,]\d{1,9})?)D)?` +
		`(?:T(?:(\d{1,6}(?:[.,]\d{1,9})?)H)?(?:(\d{1,6}(?:[.,]\d{1,9})?)M)?(?:(\d{1,6}(?:[.,]\d{1,9})?)S)?)?$`)
	// timeSpan is how .NET writes a duration: [d.]HH:MM[:SS[.fraction]].
	timeSpan = regexp.MustCompile(`^(?:(\d{1,6})\.)?(\d{1,6}):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?$`)
	// decimalHours is a number of hours, with a French comma too.
	decimalHours = regexp.MustCompile(`^\d{1,6}(?:[.,]\d{1,9})?$`)
)

// parseISO returns the minutes of an ISO 8601 duration. A day is 24 hours:
// Lucca writes 35 hours as PT35H or as P1DT11H
// (https://developers.lucca.fr/documentation/using-api/data-types).
func parseISO(s string) (minutes float64, ok bool) {
	parts := isoDuration.FindStringSubmatch(s)
	if parts == nil {
		return 0, false
	}
	inMinutes := []float64{7 * 24 * 60, 24 * 60, 60, 1, 1.0 / 60}
	for i, part := range parts[1:] {
		if part != "" {
			minutes += number(part) * inMinutes[i]
			ok = true
		}
	}
	return minutes, ok && !strings.HasSuffix(s, "T")
}

// parseHours returns the minutes of a legacy amount of hours. Its format is not
// documented, so every one a .NET server may write is read: HH:MM:SS,
// d.HH:MM:SS, a decimal number of hours, ISO 8601.
func parseHours(s string) (minutes float64, ok bool) {
	if strings.HasPrefix(s, "P") {
		return parseISO(s)
	}
	if decimalHours.MatchString(s) {
		return number(s) * 60, true
	}
	parts := timeSpan.FindStringSubmatch(s)
	if parts == nil {
		return 0, false
	}
	inMinutes := []float64{24 * 60, 60, 1, 1.0 / 60}
	for i, part := range parts[1:] {
		if part != "" {
			minutes += number(part) * inMinutes[i]
		}
	}
	return minutes, true
}

// number reads digits the expressions above have matched.
func number(s string) float64 {
	f, _ := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return f
}

// amount is a HalfDay's Minutes: at least one for any time at all, and 0, the
// whole half-day, for 24 hours and more.
func amount(minutes float64) int {
	if minutes <= 0 || minutes >= wholeDayMinutes {
		return 0
	}
	return max(1, int(math.Round(minutes))) % wholeDayMinutes
}

// hours reads a legacy amount of hours, a text or a number, as minutes. "",
// null and zero are 0.
func (v value) hours() int {
	if !v.present() {
		return 0
	}
	var minutes float64
	ok := false
	if v.raw[0] == '"' {
		s := strings.TrimSpace(v.text())
		if s == "" {
			return 0
		}
		minutes, ok = parseHours(s)
	} else if json.Unmarshal(v.raw, &minutes) == nil {
		minutes, ok = minutes*60, minutes >= 0
	}
	if !ok {
		v.fail("it is not an amount of hours, such as 03:30:00 or 3.5")
	}
	return amount(minutes)
}
