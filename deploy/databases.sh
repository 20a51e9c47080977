#!/bin/sh
# Makes Temporal's and figgosync's databases, and for each of the two a user, who owns its
# own, is no superuser, and may not connect to the other's. Every step may be repeated,
# also to give new passwords. PGHOST and PGUSER come from outside, passwords from files.
set -eu

PGPASSWORD="$(cat "$SUPERUSER_PASSWORD_FILE")"
export PGPASSWORD

# user NAME PASSWORD-FILE: passwords are read by psql itself, so that no list of
# processes shows them.
user() {
  PASSWORD_FILE="$2" psql --no-psqlrc --quiet --dbname postgres --set ON_ERROR_STOP=1 --set user="$1" <<'SQL'
\set password `cat "$PASSWORD_FILE"`
SELECT format('CREATE ROLE %I', :'user') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
ALTER ROLE :"user" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL
}

# database NAME OWNER
database() {
  psql --no-psqlrc --quiet --dbname postgres --set ON_ERROR_STOP=1 --set database="$1" --set owner="$2" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
}

user temporal "$TEMPORAL_PASSWORD_FILE"
user figgosync "$SETTINGS_PASSWORD_FILE"
database temporal temporal
database temporal_visibility temporal
database figgosync figgosync
