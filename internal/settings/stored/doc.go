// Package stored keeps the settings in a database, SQLite or PostgreSQL: records
// as JSON, their secrets sealed, and the audit log, changed together or not at
// all. Reads are answered from memory.
package stored
