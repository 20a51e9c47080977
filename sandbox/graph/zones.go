package graph

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

// ianaNames are the IANA names Graph takes beside the Windows ones, and no
// others: "Additional time zones" at
// learn.microsoft.com/graph/api/resources/datetimetimezone. Four are printed
// there with two spellings; both are taken.
const ianaNames = `
Etc/GMT+12 Etc/GMT+11 Pacific/Honolulu America/Anchorage America/Santa_Isabel America/Los_Angeles America/Phoenix
America/Chihuahua America/Denver America/Guatemala America/Chicago America/Mexico_City America/Regina America/Bogota
America/New_York America/Indiana/Indianapolis America/Caracas America/Asuncion America/Halifax America/Cuiaba
America/La_Paz America/Santiago America/St_Johns America/Sao_Paulo America/Argentina/Buenos_Aires America/Cayenne
America/Godthab America/Montevideo America/Bahia Etc/GMT+2 Atlantic/Azores Atlantic/Cape_Verde Africa/Casablanca Etc/GMT
Europe/London Atlantic/Reykjavik Europe/Berlin Europe/Budapest Europe/Paris Europe/Warsaw Africa/Lagos Africa/Windhoek
Europe/Bucharest Asia/Beirut Africa/Cairo Asia/Damascus Africa/Johannesburg Europe/Kyiv Europe/Kiev Europe/Istanbul
Asia/Jerusalem Asia/Amman Asia/Baghdad Europe/Kaliningrad Asia/Riyadh Africa/Nairobi Asia/Tehran Asia/Dubai Asia/Baku
Europe/Moscow Indian/Mauritius Asia/Tbilisi Asia/Yerevan Asia/Kabul Asia/Karachi Asia/Toshkent Asia/Tashkent Asia/Kolkata
Asia/Colombo Asia/Kathmandu Asia/Astana Asia/Almaty Asia/Dhaka Asia/Yekaterinburg Asia/Yangon Asia/Rangoon Asia/Bangkok
Asia/Novosibirsk Asia/Shanghai Asia/Krasnoyarsk Asia/Singapore Australia/Perth Asia/Taipei Asia/Ulaanbaatar Asia/Irkutsk
Asia/Tokyo Asia/Seoul Australia/Adelaide Australia/Darwin Australia/Brisbane Australia/Sydney Pacific/Port_Moresby
Australia/Hobart Asia/Yakutsk Pacific/Guadalcanal Asia/Vladivostok Pacific/Auckland Etc/GMT-12 Pacific/Fiji Asia/Magadan
Pacific/Tongatapu Pacific/Apia Pacific/Kiritimati`

// respelled are the names on Microsoft's page that the IANA database spells otherwise.
var respelled = map[string]string{"Asia/Toshkent": "Asia/Tashkent", "Asia/Astana": "Asia/Almaty"}

var listed = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(ianaNames) {
		names[name] = true
	}
	return names
})

// location returns the zone Graph knows by this name: a Windows id or a listed
// IANA name, spelt exactly.
func location(name string) (*time.Location, bool) {
	iana, ok := windowszones.ToIANA(name)
	if !ok {
		if !listed()[name] {
			return nil, false
		}
		iana = name
	}
	if other := respelled[iana]; other != "" {
		iana = other
	}
	loc, err := time.LoadLocation(iana)
	return loc, err == nil
}

func failZone(name string) *failure {
	return fail(http.StatusBadRequest, "TimeZoneNotSupportedException",
		"A valid TimeZone value must be specified. The following TimeZone value is not supported: '%s'.", name)
}

// moment is a dateTimeTimeZone: a clock reading and the zone it is read in.
type moment struct {
	wall time.Time // the reading, kept in UTC
	zone string    // as the client spelt it
	loc  *time.Location
}

func (m moment) isZero() bool { return m.loc == nil }

// instant is the point in time; of a reading that a clock change skips or
// repeats, the one Go chooses.
func (m moment) instant() time.Time { return inZone(m.wall, m.loc) }

func inZone(wall time.Time, loc *time.Location) time.Time {
	year, month, day := wall.Date()
	return time.Date(year, month, day, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), loc)
}

func (m moment) isMidnight() bool { return m.wall.Equal(m.wall.Truncate(24 * time.Hour)) }

// dateTimeForm is {date}T{time} with up to seven decimals. The page shows no date
// alone and does not say what becomes of it: it is refused.
var dateTimeForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?$`)

func parseDateTime(text string) (time.Time, bool) {
	if !dateTimeForm.MatchString(text) {
		return time.Time{}, false
	}
	if strings.Count(text, ":") == 1 {
		text += ":00"
	}
	wall, err := time.Parse("2006-01-02T15:04:05", text)
	return wall, err == nil
}

// parseWall reads a dateTime as the clocks of loc show it. One with Z or an offset,
// which many clients send, names a moment whatever the zone beside it.
func parseWall(text string, loc *time.Location) (time.Time, bool) {
	if wall, ok := parseDateTime(text); ok {
		return wall, true
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, false
	}
	return inZone(at.In(loc), time.UTC), true
}

const dateTimeAnswer = "2006-01-02T15:04:05.0000000"

// startOfDay is the first instant of a civil date (wall's) in loc, which is not
// 00:00 where a clock change skips midnight.
func startOfDay(wall time.Time, loc *time.Location) time.Time {
	year, month, day := wall.Date()
	t := time.Date(year, month, day, 0, 0, 0, 0, loc)
	if t.Day() != day {
		if _, next := t.ZoneBounds(); !next.IsZero() {
			return next
		}
	}
	return t
}
