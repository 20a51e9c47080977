#!/bin/sh
# Makes the secrets of docker-compose.yml in ./secrets, each once: what is there stays. The
# directory is its owner's alone; the files in it are readable, because Compose mounts
# them as they are into containers that run as other users. Two are made empty, which is
# as if they were not given: api_token, a fixed token for programs, and
# oidc_client_secret, what the identity provider gave.
set -eu
cd "$(dirname "$0")/.."

mkdir -p secrets
chmod 700 secrets

# secret NAME: reads the value when there is none yet
secret() {
  [ -s "secrets/$1" ] || cat >"secrets/$1"
  chmod 644 "secrets/$1"
}

for name in postgres_password temporal_password figgosync_password grafana_password; do
  [ -s "secrets/$name" ] || openssl rand -hex 32 | tr -d '\n' | secret "$name"
done
printf 'postgres://figgosync:%s@postgresql:5432/figgosync?sslmode=disable' "$(cat secrets/figgosync_password)" | secret figgosync_database_url
for name in api_token oidc_client_secret; do
  secret "$name" </dev/null
done
echo "The secrets are in $(pwd)/secrets. Back them up apart from the databases."
