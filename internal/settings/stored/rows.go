package stored

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// A record's row is its JSON without its secrets, which are sealed beside it. Keys
// are those of a settings file.

// rowOf is the JSON of a record.
func rowOf[T any](value *T) any { return record.WithoutSecrets(value) }

// readRow reads what rowOf wrote.
func readRow[T any](text string) (value T, err error) {
	err = json.Unmarshal([]byte(text), &value)
	return value, err
}

// timingsRow are waiting times as people write them.
type timingsRow struct {
	BlockedRetry    string `json:"blockedRetry"`
	BlockedRetryMax string `json:"blockedRetryMax"`
}

func newTimingsRow(t settings.Timings) any {
	return timingsRow{t.BlockedRetry.String(), t.BlockedRetryMax.String()}
}

func readTimings(text string) (settings.Timings, error) {
	row, err := readRow[timingsRow](text)
	if err != nil {
		return settings.Timings{}, err
	}
	first, err := time.ParseDuration(row.BlockedRetry)
	if err != nil {
		return settings.Timings{}, fmt.Errorf("blockedRetry: %w", err)
	}
	last, err := time.ParseDuration(row.BlockedRetryMax)
	if err != nil {
		return settings.Timings{}, fmt.Errorf("blockedRetryMax: %w", err)
	}
	return settings.Timings{BlockedRetry: first, BlockedRetryMax: last}, nil
}
