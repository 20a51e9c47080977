package settings_test

// The calendar systems that settings are tested with.
import _ "github.com/figgosync/figgosync/internal/calendars/all"
