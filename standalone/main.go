// Command figgosync-standalone is figgosync with everything it needs in one
// process: the Temporal server, its Web UI, the API and the worker; and, for a
// rehearsal, the sandbox.
package main

import (
	"os"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/standalone/app"
)

func main() {
	os.Exit(command.Execute(command.Root("figgosync-standalone", app.UpCommand(), app.DemoCommand())))
}
