package absence_test

import (
	"encoding/json"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"pgregory.net/rapid"
)

func TestADateIsWrittenYearFirstAndMustExist(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"2028-02-29", "2026-12-31", "0001-01-01"} {
		equal(t, good, good, date(good).String())
	}
	for _, bad := range []string{"2026-02-29", "2026-13-01", "31/12/2026", "2026-1-1", "2026-01-01T00:00", ""} {
		if _, err := absence.ParseDate(bad); err == nil {
			t.Errorf("%q was read as a date", bad)
		} else {
			refused(t, err, "YYYY-MM-DD")
		}
	}
}

func TestDatesCountCivilDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		days     int
	}{
		{"2026-12-31", "2027-01-01", 1},
		{"2028-02-28", "2028-03-01", 2},
		{"2026-02-28", "2026-03-01", 1},
		{"2026-03-28", "2026-03-30", 2}, // Europe's summer time starts on the 29th
		{"0001-01-01", "9998-12-31", 3651693},
	} {
		equal(t, c.from+" until "+c.to, c.days, date(c.from).DaysUntil(date(c.to)))
		equal(t, c.from+" plus days", date(c.to), date(c.from).AddDays(c.days))
	}
}

func TestAddDaysAndDaysUntilAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := date("2026-01-01").AddDays(rapid.IntRange(-200_000, 200_000).Draw(t, "from"))
		n := rapid.IntRange(-200_000, 200_000).Draw(t, "days")
		equal(t, "days", n, from.DaysUntil(from.AddDays(n)))
		equal(t, "before", n > 0, from.Before(from.AddDays(n)))
	})
}

func TestADateInJSONIsItsText(t *testing.T) {
	t.Parallel()
	type body struct{ On, None absence.Date }
	text, err := json.Marshal(body{On: date("2028-02-29")})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "JSON", `{"On":"2028-02-29","None":""}`, string(text))
	var back body
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	equal(t, "read back", body{On: date("2028-02-29")}, back)
	refused(t, json.Unmarshal([]byte(`{"On":"2026-02-30"}`), &back), "2026-02-30")
}
