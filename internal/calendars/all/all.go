// Package all is the only list of calendar systems. Importing it makes them known
// to package calendars, and so to settings, workers, pages and the API. A further
// one is added here, and nowhere else outside its own package.
package all

import (
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
)

func init() { calendars.Register(graph.System, ews.System, google.System) }
