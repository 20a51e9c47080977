// Package database opens what figgosync keeps for itself, in SQLite or
// PostgreSQL: settings, sign-ins, the audit log and delays. Absences are not in
// it: they are Temporal's.
package database

import (
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"

	_ "github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	_ "github.com/tink-crypto/tink-go-gcpkms/v2/integration/gcpkms"
)
