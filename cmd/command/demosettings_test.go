package command_test

import (
	"testing"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/sandbox"
)

func TestDemoSettingsAreGood(t *testing.T) {
	world, err := sandbox.New(sandbox.Config{BaseURL: "http://127.0.0.1:9090"})
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	file, err := settings.Parse(command.DemoSettings(world.Credentials()), "demo.yaml", settings.LoadOptions{AllowInsecureEndpoints: true})
	if err != nil {
		t.Fatal(err)
	}
	for legalEntity, want := range map[string]string{"1": "demo-office365", "2": "demo-exchange", "3": "demo-google"} {
		got, err := file.SynchronizationFor(t.Context(), "demo", legalEntity)
		if err != nil || got.Name != want || got.Connection != want {
			t.Errorf("legal entity %s is in %q, %v; want %s", legalEntity, got.Name, err, want)
		}
	}
}
