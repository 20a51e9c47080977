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
		view.Described = described.Describe()
	}
	return view
}

// withoutSecrets is a copy that holds no secret.
func withoutSecrets[T any](value *T) *T { return record.WithoutSecrets(value) }
