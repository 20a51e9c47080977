package command

// The calendar systems that all commands know.
import _ "github.com/figgosync/figgosync/internal/calendars/all"
