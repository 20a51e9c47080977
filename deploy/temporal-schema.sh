#!/bin/sh
# Makes Temporal's two databases and brings their tables up to this version's.
# Every step may be repeated. SQL_HOST, SQL_USER and SQL_PASSWORD come from outside.
set -eu

for database in temporal:temporal temporal_visibility:visibility; do
  export SQL_DATABASE="${database%%:*}"
  temporal-sql-tool create-database
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-name "postgresql/v12/${database##*:}"
done
