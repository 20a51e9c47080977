package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/settings"
)

// sampleType is the absence type of the samples where the policy shows types.
const sampleType = "Congés payés"

// Preview computes what a calendar would show for example absences of the week
// that comes next. Only the policy and the time zone of the value count; it is an
// *settings.InvalidError when one of them is wrong.
func (s *Service) Preview(_ context.Context, value settings.Synchronization) ([]Sample, error) {
	if err := previewable(value); err != nil {
		return nil, err
	}
	monday := mondayAfter(s.config.Now())
	both := []absence.Part{absence.Morning, absence.Afternoon}
	var samples []Sample
	for _, one := range []struct {
		code  string
		days  int
		parts []absence.Part
	}{
		{"whole-day", 1, both}, {"morning", 1, both[:1]}, {"afternoon", 1, both[1:]}, {"week", 5, both},
	} {
		sample := Sample{Code: one.code}
		for _, confirmed := range []bool{false, true} {
			events, err := absence.Events(sampleAbsence(monday, one.days, one.parts, confirmed), value.Zone,
				value.Policy)
			if err != nil {
				return nil, fmt.Errorf("compute a sample: %w", err)
			}
			if confirmed {
				sample.Approved = events
			} else {
				sample.Pending = events
			}
		}
		samples = append(samples, sample)
	}
	return samples, nil
}

func sampleAbsence(first absence.Date, days int, parts []absence.Part, confirmed bool) absence.Absence {
	sample := absence.Absence{AccountName: sampleType}
	for day := range days {
		for _, part := range parts {
			sample.HalfDays = append(sample.HalfDays,
				absence.HalfDay{Date: first.AddDays(day), Part: part, Confirmed: confirmed})
		}
	}
	return sample
}

// mondayAfter is the first Monday after a moment, in UTC: a sample needs no
// better.
func mondayAfter(now time.Time) absence.Date {
	now = now.UTC()
	ahead := (8 - int(now.Weekday())) % 7
	if ahead == 0 {
		ahead = 7
	}
	return absence.DateOf(now).AddDays(ahead)
}

// previewable lists what is wrong with the parts that a preview needs.
func previewable(value settings.Synchronization) error {
	var problems []settings.Problem
	for _, problem := range settings.ValidateSynchronization(value, settings.Rules{}) {
		if problem.Field == "zone" || strings.HasPrefix(problem.Field, "policy.") {
			problems = append(problems, problem)
		}
	}
	if len(problems) > 0 {
		return &settings.InvalidError{Problems: problems}
	}
	return nil
}
