package absence_test

import (
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
)

func TestPolicyValidate(t *testing.T) {
	t.Parallel()
	if err := absence.DefaultPolicy().Validate(); err != nil {
		t.Errorf("the default policy: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*absence.Policy)
		says   []string
	}{
		"no label":                 {func(p *absence.Policy) { p.Label = "" }, []string{"label", "write"}},
		"blank label":              {func(p *absence.Policy) { p.Label = " \u00a0" }, []string{"label", "write"}},
		"label too long":           {func(p *absence.Policy) { p.Label = strings.Repeat("é", 256) }, []string{"label", "256", "255"}},
		"label of two lines":       {func(p *absence.Policy) { p.Label = "a\nb" }, []string{"label", "line"}},
		"label in Latin-1":         {func(p *absence.Policy) { p.Label = "Cong\xe9" }, []string{"label", "UTF-8"}},
		"whole day missing":        {func(p *absence.Policy) { p.WholeDay = "" }, []string{"wholeDay", "all-day", "time-range"}},
		"show pending unknown":     {func(p *absence.Policy) { p.ShowPending = "oof" }, []string{"showPending", "oof", "out-of-office"}},
		"show approved missing":    {func(p *absence.Policy) { p.ShowApproved = "" }, []string{"showApproved", "busy"}},
		"morning without length":   {func(p *absence.Policy) { p.Hours.MorningEnd = p.Hours.MorningStart }, []string{"hours.morningEnd", "09:00", "after"}},
		"halves overlap":           {func(p *absence.Policy) { p.Hours.AfternoonStart = 11 * 60 }, []string{"hours.afternoonStart", "11:00", "12:00"}},
		"afternoon ends too early": {func(p *absence.Policy) { p.Hours.AfternoonEnd = 14 * 60 }, []string{"hours.afternoonEnd", "14:00"}},
		"after midnight":           {func(p *absence.Policy) { p.Hours.AfternoonEnd = 1441 }, []string{"hours.afternoonEnd", "24:00"}},
		"before midnight":          {func(p *absence.Policy) { p.Hours.MorningStart = -1 }, []string{"hours.morningStart", "HH:MM"}},
	} {
		t.Run(name, func(t *testing.T) {
			policy := absence.DefaultPolicy()
			c.change(&policy)
			refused(t, policy.Validate(), c.says...)
		})
	}
	t.Run("all faults at once", func(t *testing.T) {
		refused(t, absence.Policy{}.Validate(), "label", "wholeDay", "hours.morningEnd", "hours.afternoonEnd", "showPending", "showApproved")
	})
	t.Run("the longest label, a whole day and no lunch", func(t *testing.T) {
		policy := absence.DefaultPolicy()
		policy.Label = strings.Repeat("é", 255)
		policy.Hours = absence.Hours{MorningStart: 0, MorningEnd: 720, AfternoonStart: 720, AfternoonEnd: 1440}
		if err := policy.Validate(); err != nil {
			t.Error(err)
		}
	})
}

func TestAbsenceValidate(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]absence.Absence{
		"nothing":        {},
		"a leap day":     of("2028-02-29"),
		"a day in hours": of("2026-03-02 am 1440"),
		"2000 halves":    {HalfDays: make2000(0)},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		bad  absence.Absence
		says []string
	}{
		"no such day":    {absence.Absence{HalfDays: []absence.HalfDay{{Date: absence.Date{Year: 2026, Month: 2, Day: 29}, Part: "am"}}}, []string{"halfDays[0]", "2026-02-29"}},
		"no date":        {absence.Absence{HalfDays: []absence.HalfDay{{Part: "pm"}}}, []string{"halfDays[0]", "YYYY-MM-DD"}},
		"year 10000":     {absence.Absence{HalfDays: []absence.HalfDay{{Date: absence.Date{Year: 10000, Month: 1, Day: 1}, Part: "pm"}}}, []string{"halfDays[0]"}},
		"no part":        {absence.Absence{HalfDays: []absence.HalfDay{{Date: date("2026-03-02")}}}, []string{"part", `"am"`, `"pm"`}},
		"minutes":        {of("2026-03-02, 2026-03-03 am 1441"), []string{"halfDays[2]", "1441", "1440"}},
		"too many":       {absence.Absence{HalfDays: make2000(1)}, []string{"2001", "2000"}},
		"off not a day":  {absence.Absence{Off: []absence.Date{{Year: 2026, Month: 4, Day: 31}}}, []string{"off[0]", "2026-04-31"}},
		"too many off":   {absence.Absence{Off: make([]absence.Date, 2001)}, []string{"off", "2001"}},
		"minutes below0": {absence.Absence{HalfDays: []absence.HalfDay{{Date: date("2026-03-02"), Part: "am", Minutes: -1}}}, []string{"minutes are -1"}},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.bad.Validate(), c.says...) })
	}
	t.Run("a thousand faults are not all told", func(t *testing.T) {
		err := absence.Absence{HalfDays: make([]absence.HalfDay, 1000)}.Validate()
		refused(t, err, "halfDays[9]")
		if strings.Contains(err.Error(), "halfDays[10]") {
			t.Error("more than ten faults are told")
		}
	})
}

func make2000(more int) []absence.HalfDay {
	var all []absence.HalfDay
	for i := range 2000 + more {
		all = append(all, absence.HalfDay{Date: date("2026-01-01").AddDays(i), Part: absence.Morning})
	}
	return all
}
