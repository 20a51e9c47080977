// Package database holds what figgosync keeps for itself, settings first, in
// SQLite or PostgreSQL.
package database

import (
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"
)
