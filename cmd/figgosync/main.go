// Command figgosync puts the absences of Figgo into their owners' calendars.
// This binary is for many processes sharing a Temporal cluster; for everything in
// one process there is figgosync-standalone.
package main

import (
	"os"

	"github.com/figgosync/figgosync/cmd/command"
)

func main() {
	os.Exit(command.Execute(command.Root("figgosync")))
}
