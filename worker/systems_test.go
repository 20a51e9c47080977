package worker

// The calendar systems that the tests know.
import _ "github.com/figgosync/figgosync/internal/calendars/all"
