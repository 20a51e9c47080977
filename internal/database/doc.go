// Package database opens what figgosync keeps for itself, in SQLite or
// PostgreSQL: settings, sign-ins, the audit log and delays. Absences are not in
// it: they are Temporal's.
//
// Queries are written once for both: with $1, $2 and so on (SQLite's driver
// takes them as PostgreSQL does), ON CONFLICT and RETURNING, text as TEXT, JSON
// as TEXT, bytes as BLOB or BYTEA, and moments as BIGINT (Micros and Time).
package database
