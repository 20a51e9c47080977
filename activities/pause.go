package activities

import (
	"context"
	"fmt"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Pause pauses a synchronization, or has it exclude an employee, in the settings. Where
// these are a file that is only read it must have been done by hand: a non-retryable
// error says so.
func (a *Activities) Pause(ctx context.Context, request workflows.PauseRequest) (workflows.PauseResult, error) {
	synchronization, err := a.Settings.Synchronization(ctx, request.Synchronization)
	if err != nil {
		return workflows.PauseResult{}, fmt.Errorf("read the synchronization: %w", err)
	}
	if paused(synchronization, request) {
		return workflows.PauseResult{}, nil
	}
	if err := a.pausable(synchronization, request); err != nil {
		return workflows.PauseResult{}, err
	}
	editor := a.Settings.(settings.Editor)
	record, err := editor.SynchronizationRecord(ctx, request.Synchronization)
	if err != nil {
		return workflows.PauseResult{}, fmt.Errorf("read the synchronization: %w", err)
	}
	value := record.Value.Clone()
	if request.Employee == "" {
		value.Paused = true
	} else if !value.Excludes(request.Employee) {
		value.Exclude = append(value.Exclude, request.Employee)
	}
	if _, err := editor.PutSynchronization(ctx, settings.Author{ID: "figgosync"}, value, record.Version); err != nil {
		return workflows.PauseResult{}, fmt.Errorf("pause: %w", err)
	}
	return workflows.PauseResult{Changed: true}, nil
}

func paused(synchronization settings.Synchronization, request workflows.PauseRequest) bool {
	return synchronization.Paused || request.Employee != "" && synchronization.Excludes(request.Employee)
}

// pausable refuses where Pause could not do it.
func (a *Activities) pausable(synchronization settings.Synchronization, request workflows.PauseRequest) error {
	if _, ok := a.Settings.(settings.Editor); ok || paused(synchronization, request) {
		return nil
	}
	if request.Employee != "" {
		return wrongInput("figgosync does not change the settings file, and would write the events again: "+
			"add %q to `exclude` of the synchronization %q first", request.Employee, synchronization.Name)
	}
	return wrongInput("figgosync does not change the settings file, and would write the events again: "+
		"pause the synchronization %q in it first, or ask for a dry run", synchronization.Name)
}
