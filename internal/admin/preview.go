package admin

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
)

// sampleType is the absence type of the samples where the policy shows types.
const sampleType = "Congés payés"

// Preview computes what a calendar would show for example absences of the week
// that comes next. Only the policy, the time zone and the connection of the value count;
// it is an *settings.InvalidError when one of the first two is wrong.
func (s *Service) Preview(ctx context.Context, value settings.Synchronization) ([]Sample, error) {
	return s.preview(ctx, value, absence.Type{Name: sampleType})
}

// PreviewRule does what Preview does, of absences that a rule of the policy is about; it
// is none where there is no such rule.
func (s *Service) PreviewRule(ctx context.Context, value settings.Synchronization, rule int) ([]Sample, error) {
	if rule < 0 || rule >= len(value.Policy.Rules) || len(value.Policy.Rules[rule].Accounts) == 0 {
		return nil, nil
	}
	of := sampleOf(value.Policy.Rules[rule].Accounts[0])
	if of.Name == "" {
		of = s.known(ctx, value.Source, of)
	}
	return s.preview(ctx, value, of)
}

// sampleOf is an absence type that an account of a rule is about.
func sampleOf(account string) absence.Type {
	if name, is := strings.CutPrefix(account, absence.AccountName); is {
		return absence.Type{Name: strings.TrimSpace(name)}
	}
	if name, is := strings.CutPrefix(account, absence.AccountCategory); is {
		return absence.Type{Name: strings.TrimSpace(name), Category: name}
	}
	return absence.Type{ID: account}
}

// known is an absence type with what is remembered of it. One whose name nobody knows is
// named by its id, so that the sample shows what its rule says.
func (s *Service) known(ctx context.Context, source string, of absence.Type) absence.Type {
	if record, err := s.config.Settings.Source(ctx, source); err == nil {
		told, _ := s.luccas.of(record).accounts.Known(of.ID)
		of = of.Or(told)
	}
	of.Name = cmp.Or(of.Name, of.ID)
	return of
}

func (s *Service) preview(ctx context.Context, value settings.Synchronization, of absence.Type) ([]Sample, error) {
	if err := previewable(value); err != nil {
		return nil, err
	}
	var provider calendars.Provider
	if connection, err := s.config.Settings.Connection(ctx, value.Connection); err == nil {
		provider = connection.Provider
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
			events, err := absence.Events(sampleAbsence(of, monday, one.days, one.parts, confirmed), value.Zone,
				value.Policy)
			if err != nil {
				return nil, fmt.Errorf("compute a sample: %w", err)
			}
			events = calendars.Suit(provider, events)
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

func sampleAbsence(of absence.Type, first absence.Date, days int, parts []absence.Part,
	confirmed bool) absence.Absence {
	sample := absence.Absence{Account: of.ID, AccountName: of.Name, Category: of.Category}
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
