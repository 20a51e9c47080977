package absence

import (
	"fmt"
	"strconv"
)

// Clock is a local time of day in minutes after midnight, 0 to 1440 (24:00,
// which is only good as an end). As text, and so in JSON, it is "HH:MM".
type Clock int

// endOfDay is 24:00.
const endOfDay Clock = 24 * 60

// ParseClock reads a time of day written HH:MM, from 00:00 to 24:00.
func ParseClock(s string) (Clock, error) {
	refused := fmt.Errorf("%q is not a time of day: write it as HH:MM, from 00:00 to 24:00", s)
	if len(s) != len("09:00") || s[2] != ':' {
		return 0, refused
	}
	hours, err := strconv.ParseUint(s[:2], 10, 8)
	if err != nil {
		return 0, refused
	}
	minutes, err := strconv.ParseUint(s[3:], 10, 8)
	if err != nil || minutes > 59 {
		return 0, refused
	}
	clock := Clock(60*hours + minutes)
	if !clock.isReal() {
		return 0, refused
	}
	return clock, nil
}

func (c Clock) isReal() bool { return c >= 0 && c <= endOfDay }

// String writes the clock as HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText writes the clock as String does; it refuses a clock before 00:00
// or after 24:00.
func (c Clock) MarshalText() ([]byte, error) {
	if !c.isReal() {
		return nil, fmt.Errorf("%d minutes after midnight is not a time of day: it is from 0 to %d", int(c),
			int(endOfDay))
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads what ParseClock reads.
func (c *Clock) UnmarshalText(text []byte) error {
	parsed, err := ParseClock(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}
