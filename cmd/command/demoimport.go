package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/sandbox"
)

// ImportDemo brings the rehearsal company's settings in. What somebody added stays;
// what he changed of the rehearsal's own is as it was.
func ImportDemo(ctx context.Context, opened *Opened, credentials sandbox.Credentials) error {
	if opened.Editor == nil {
		return errors.New("the demo needs a database for its settings: leave --config out")
	}
	file, err := settings.Parse(DemoSettings(credentials), "demo",
		settings.LoadOptions{AllowInsecureEndpoints: true, ForImport: true})
	if err != nil {
		return fmt.Errorf("the demo's settings: %w", err)
	}
	plan, err := settings.PlanImport(ctx, opened.Editor, file, settings.ImportOptions{})
	if err != nil {
		return fmt.Errorf("the demo's settings: %w", err)
	}
	if plan.Empty() {
		return nil
	}
	return plan.Apply(ctx, settings.Author{ID: "figgosync", Name: "demo"})
}
