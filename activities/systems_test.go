package activities_test

import (
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

// The one system that the tests of activities name.
func init() { calendars.Register(google.System) }
