package admin

import (
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

func connectionView(one settings.Record[settings.Connection], usedBy []string) ConnectionView {
	view := ConnectionView{
		Connection: *withoutSecrets(&one.Value), Stored: storedSecrets(&one.Value), UsedBy: usedBy,
		Version: one.Version, ChangedAt: one.ChangedAt, ChangedBy: one.ChangedBy,
	}
	if described, ok := one.Value.System.(calendars.Described); ok {
		view.Described = map[string]any{}
		for _, f := range record.Fields("", described.Describe()) {
			if !f.IsZero() {
				view.Described[f.Name] = f.Value()
			}
		}
	}
	return view
}

// withoutSecrets is a copy that holds no secret.
func withoutSecrets[T any](value *T) *T { return record.WithoutSecrets(value) }
