package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"
)

// note keeps what a child tells of how far it is.
func (i *initialization) note(progress LegalEntityProgress) {
	for index, entity := range i.progress.LegalEntities {
		if entity.LegalEntity == progress.LegalEntity && !entity.Done {
			progress.Failure = entity.Failure // it may have ended since
			i.take(index, progress)
		}
	}
}

// The lists of all legal entities together stay small enough for one message:
// Temporal takes 2 MB.
const (
	troubledInAll = 1000
	previewInAll  = 4000
)

// take keeps a legal entity's progress, with as much of its lists as there is room
// for.
func (i *initialization) take(index int, progress LegalEntityProgress) {
	troubled, preview := troubledInAll, previewInAll
	for other, entity := range i.progress.LegalEntities {
		if other != index {
			troubled -= len(entity.Troubled)
			preview -= len(entity.Preview)
		}
	}
	progress.Troubled = progress.Troubled[:min(len(progress.Troubled), max(troubled, 0))]
	progress.Preview = progress.Preview[:min(len(progress.Preview), max(preview, 0))]
	i.progress.LegalEntities[index] = progress
}

func (i *initialization) total() Progress {
	progress := i.progress
	progress.Counts = Counts{}
	for _, entity := range progress.LegalEntities {
		progress.Counts.Add(entity.Counts)
	}
	return progress
}

// describe shows the progress in the Temporal Web UI, for nothing.
func (i *initialization) describe(ctx workflow.Context) {
	p := i.total()
	text := fmt.Sprintf("**%s** · %d employees · %d absences found: %d written, %d right already, %d skipped, %d blocked, %d retrying",
		p.Phase, p.Employees, p.Counts.Total, p.Counts.Synced, p.Counts.Unchanged, p.Counts.Skipped, p.Counts.Blocked,
		p.Counts.Retrying)
	if p.Phase == PhaseConfirming {
		text = fmt.Sprintf("**waits for confirmation**: %d employees. Send the signal `confirm` with {\"employees\": %d}.", p.Employees, p.Employees)
	}
	if p.Breaker != nil {
		text = p.Breaker.describe()
	}
	workflow.SetCurrentDetails(ctx, text)
}
