package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// PlanInitialization completes an initialization's input by the settings. Input
// that cannot work is a non-retryable error that says what to write instead:
// people start initializations by hand.
func (a *Activities) PlanInitialization(ctx context.Context,
	input workflows.InitializationInput) (workflows.Plan, error) {
	synchronization, err := a.namedSynchronization(ctx, input.Synchronization,
		`{"synchronization":"NAME","since":"2026-10-01"}`)
	if err != nil {
		return workflows.Plan{}, err
	}
	if synchronization.Paused && !input.DryRun {
		return workflows.Plan{}, wrongInput("the synchronization %q is paused: resume it first, or ask for a dry run",
			input.Synchronization)
	}
	legalEntities := input.LegalEntities
	if len(legalEntities) == 0 {
		legalEntities = synchronization.LegalEntities
	}
	for _, legalEntity := range legalEntities {
		if !slices.Contains(synchronization.LegalEntities, legalEntity) {
			return workflows.Plan{}, wrongInput("the legal entity %q is not in the synchronization %q; it has %s",
				legalEntity, input.Synchronization, strings.Join(synchronization.LegalEntities, ", "))
		}
	}
	legalEntities = slices.Clone(legalEntities)
	slices.Sort(legalEntities)
	return workflows.Plan{
		Source: synchronization.Source, LegalEntities: slices.Compact(legalEntities), Since: input.Since,
		ConfirmAbove: synchronization.ConfirmAbove, Limits: new(limitsOf(synchronization)),
	}, nil
}

// limitsOf are what a run of the synchronization may delete and change unasked.
func limitsOf(synchronization settings.Synchronization) workflows.Limits {
	return workflows.Limits(synchronization.Breaker).OrDefault()
}

// namedSynchronization is the one that the input of a run names; example is such an
// input, for those who start runs by hand.
func (a *Activities) namedSynchronization(ctx context.Context, name, example string) (settings.Synchronization, error) {
	if name == "" {
		return settings.Synchronization{}, wrongInput("name the synchronization, as in %s; known are %s", example,
			a.synchronizationNames(ctx))
	}
	synchronization, err := a.Settings.Synchronization(ctx, name)
	if errors.Is(err, settings.ErrNotFound) {
		return settings.Synchronization{}, wrongInput("there is no synchronization %q; known are %s", name,
			a.synchronizationNames(ctx))
	}
	if err != nil {
		return settings.Synchronization{}, fmt.Errorf("read the synchronization: %w", err)
	}
	return synchronization, nil
}

func (a *Activities) synchronizationNames(ctx context.Context) string {
	all, err := a.Settings.Synchronizations(ctx)
	if err != nil || len(all) == 0 {
		return "none"
	}
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.Name
	}
	return strings.Join(names, ", ")
}

func wrongInput(format string, args ...any) error {
	return temporal.NewNonRetryableApplicationError(fmt.Sprintf(format, args...), "InvalidInput", nil)
}
