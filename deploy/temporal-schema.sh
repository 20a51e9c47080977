#!/bin/sh
# Brings the tables of Temporal's two databases, which exist, up to this version's. Every
# step may be repeated. SQL_HOST, SQL_USER and SQL_PASSWORD_FILE come from outside.
set -eu

SQL_PASSWORD="$(cat "$SQL_PASSWORD_FILE")"
export SQL_PASSWORD

for database in temporal:temporal temporal_visibility:visibility; do
  export SQL_DATABASE="${database%%:*}"
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-name "postgresql/v12/${database##*:}"
done
