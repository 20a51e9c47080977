#!/usr/bin/env bash
# The topology of docker-compose.yml without containers: PostgreSQL, the four services of
# Temporal as processes of their own, its Web UI, two api, two worker, and nginx in front
# of the api, all on 127.0.0.1. It runs in the foreground; Ctrl-C stops everything.
#
# BIN is where the programs are (make cluster builds them), CLUSTER_DIR where the data
# goes (.data/cluster), CLUSTER_PORT the first of twenty ports in a row (17200).
# FIGGOSYNC_API_TOKEN, when given, is a fixed token of the API. CLUSTER_CONFIG is a
# settings file that is imported into PostgreSQL first, for rehearsals: it may name plain
# HTTP addresses.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="$(realpath "${BIN:-bin}")"
dir="$(realpath -m "${CLUSTER_DIR:-.data/cluster}")"
first="${CLUSTER_PORT:-17200}"
port() { echo $((first + $1)); }
PROXY=$(port 0) UI=$(port 1) POSTGRES=$(port 2) FRONTEND=$(port 3) # the others: see below

fail() {
  echo "cluster: $*" >&2
  exit 1
}

postgres_bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)"
[ -x "${postgres_bin:-}/postgres" ] || fail "PostgreSQL is not installed: on Debian it is the package postgresql"
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || fail "nginx is not installed: on Debian it is the package nginx-light"
PATH="$bin:$postgres_bin:$PATH:/usr/sbin"
command -v temporal >/dev/null || fail "the temporal command is missing: go install github.com/temporalio/cli/cmd/temporal@v1.5.1"

mkdir -p "$dir"/{log,secrets,keys,config} && chmod 700 "$dir"
exec 9>"$dir/lock"
flock -n 9 || fail "the directory $dir is in use by another cluster: stop that one, or choose another with CLUSTER_DIR"
: >"$dir/pids"

# Whoever stops the cluster stops all of it, the last started first.
stop() {
  trap - EXIT INT TERM
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    [ -n "${pids[i]}" ] || continue # 0 would be everybody
    [ "${names[i]}" = postgres ] && signal=INT || signal=TERM
    kill -CONT "${pids[i]}" 2>/dev/null || true
    kill -"$signal" "${pids[i]}" 2>/dev/null || true
    for _ in {1..150}; do
      kill -0 "${pids[i]}" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "${pids[i]}" 2>/dev/null || true
  done
  rm -f "$dir/pids"
}
trap stop EXIT
trap 'exit 130' INT TERM

# start NAME COMMAND...: in the background, its output in log/NAME.
names=() pids=() commands=()
start() {
  local name="$1"
  shift
  names+=("$name") pids+=("") commands+=("$(printf '%q ' "$@")")
  again $((${#names[@]} - 1))
}

# again INDEX: runs a command of start. The file pids tells who is who, for those who
# kill processes on purpose.
again() {
  local one="$1"
  eval "set -- ${commands[one]}"
  "$@" >>"$dir/log/${names[one]}" 2>&1 9>&- &
  pids[one]=$!
  for i in "${!pids[@]}"; do printf '%s %s\n' "${pids[i]}" "${names[i]}"; done >"$dir/pids.new"
  mv "$dir/pids.new" "$dir/pids"
}

# wait_for NAME COMMAND...: until it succeeds
wait_for() {
  local name="$1"
  shift
  for _ in {1..600}; do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  tail -5 "$dir/log/$name" >&2 || true
  fail "$name does not answer; its log is $dir/log/$name"
}

secret() { [ -s "$dir/secrets/$1" ] || openssl rand -hex 32 | tr -d '\n' >"$dir/secrets/$1"; }
umask 077
for name in postgres_password temporal_password figgosync_password; do secret "$name"; done

# PostgreSQL refuses root.
as_postgres=()
if [ "$(id -u)" = 0 ]; then
  as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  chmod 711 "$dir"
fi
"${as_postgres[@]}" test -x "$dir" || fail "the user postgres, as whom PostgreSQL runs, cannot reach $dir: choose another directory with CLUSTER_DIR"
if [ ! -s "$dir/postgresql/PG_VERSION" ]; then
  install -d -m 700 "$dir/postgresql"
  cp "$dir/secrets/postgres_password" "$dir/postgresql.password"
  [ "$(id -u)" != 0 ] || chown postgres "$dir/postgresql" "$dir/postgresql.password"
  "${as_postgres[@]}" initdb -D "$dir/postgresql" -U postgres -A scram-sha-256 --pwfile="$dir/postgresql.password" -E UTF8 --locale=C \
    >"$dir/log/initdb" 2>&1 || { tail -3 "$dir/log/initdb" >&2; fail "PostgreSQL's files were not made"; }
  rm -f "$dir/postgresql.password"
fi
echo "PostgreSQL starts..."
touch "$dir/log/postgres"
start postgres "${as_postgres[@]}" "$postgres_bin/postgres" -D "$dir/postgresql" -c listen_addresses=127.0.0.1 -c port="$POSTGRES" -c unix_socket_directories= -c max_connections=200
wait_for postgres pg_isready --host 127.0.0.1 --port "$POSTGRES"

export PGHOST=127.0.0.1 PGPORT="$POSTGRES"
PGUSER=postgres SUPERUSER_PASSWORD_FILE="$dir/secrets/postgres_password" TEMPORAL_PASSWORD_FILE="$dir/secrets/temporal_password" \
  SETTINGS_PASSWORD_FILE="$dir/secrets/figgosync_password" deploy/databases.sh >"$dir/log/databases" 2>&1 || fail "see $dir/log/databases"
SQL_PLUGIN=postgres12 SQL_HOST=127.0.0.1 SQL_PORT="$POSTGRES" SQL_USER=temporal SQL_PASSWORD_FILE="$dir/secrets/temporal_password" \
  deploy/temporal-schema.sh >"$dir/log/schema" 2>&1 || fail "Temporal's tables were not made; see $dir/log/schema"

echo "Temporal starts..."
cat >"$dir/config/temporal.yaml" <<YAML
log: {stdout: true, level: warn}
persistence:
  defaultStore: default
  visibilityStore: visibility
  numHistoryShards: ${NUM_HISTORY_SHARDS:-64}
  datastores:
$(for store in default:temporal visibility:temporal_visibility; do
  echo "    ${store%%:*}: {sql: {pluginName: postgres12, databaseName: ${store##*:}, connectAddr: \"127.0.0.1:$POSTGRES\", connectProtocol: tcp,"
  echo "      user: temporal, password: \"$(cat "$dir/secrets/temporal_password")\", maxConns: 20, maxIdleConns: 20, maxConnLifetime: 1h}}"
done)
global:
  membership: {maxJoinDuration: 30s, broadcastAddress: 127.0.0.1}
services:
  frontend: {rpc: {grpcPort: $FRONTEND, membershipPort: $(port 4), bindOnLocalHost: true}}
  history: {rpc: {grpcPort: $(port 5), membershipPort: $(port 6), bindOnLocalHost: true}}
  matching: {rpc: {grpcPort: $(port 7), membershipPort: $(port 8), bindOnLocalHost: true}}
  worker: {rpc: {grpcPort: $(port 9), membershipPort: $(port 10), bindOnLocalHost: true}}
clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation:
    active: {enabled: true, initialFailoverVersion: 1, rpcName: frontend, rpcAddress: "127.0.0.1:$FRONTEND"}
dcRedirectionPolicy: {policy: noop}
archival: {history: {state: disabled}, visibility: {state: disabled}}
namespaceDefaults: {archival: {history: {state: disabled}, visibility: {state: disabled}}}
publicClient: {hostPort: "127.0.0.1:$FRONTEND"}
dynamicConfigClient: {filepath: "$(pwd)/deploy/temporal-dynamicconfig.yaml", pollInterval: 60s}
YAML
for service in history matching frontend worker; do
  start "temporal-$service" temporal-server --config-file "$dir/config/temporal.yaml" --allow-no-auth start --service "$service"
done
export TEMPORAL_ADDRESS="127.0.0.1:$FRONTEND" TEMPORAL_NAMESPACE=default
wait_for temporal-frontend deploy/temporal-namespace.sh

cat >"$dir/config/ui.yaml" <<YAML
temporalGrpcAddress: 127.0.0.1:$FRONTEND
host: 127.0.0.1
port: $UI
enableUi: true
disableNewsFetch: true
cors: {cookieInsecure: true}
defaultNamespace: default
YAML
start temporal-ui temporal-ui --root "$dir" --config config --env ui start

echo "figgosync starts..."
url="http://127.0.0.1:$PROXY"
export FIGGOSYNC_PAYLOAD_KEYSET="$dir/keys/payload-keyset.json" FIGGOSYNC_SETTINGS_KEYSET="$dir/keys/settings-keyset.json"
export FIGGOSYNC_DATABASE_URL="postgres://figgosync:$(cat "$dir/secrets/figgosync_password")@127.0.0.1:$POSTGRES/figgosync?sslmode=disable"
settings=()
if [ -n "${CLUSTER_CONFIG:-}" ]; then
  settings=(--allow-insecure-endpoints)
  figgosync settings import "$CLUSTER_CONFIG" --yes "${settings[@]}" >"$dir/log/settings-import" 2>&1 ||
    fail "the settings file $CLUSTER_CONFIG cannot be imported: $(cat "$dir/log/settings-import")"
fi
api() {
  start "api-$1" figgosync api --listen "127.0.0.1:$2" --temporal-web-ui "http://127.0.0.1:$UI" --trusted-proxies 127.0.0.1/32 "${settings[@]}"
  wait_for "api-$1" curl --fail --silent "http://127.0.0.1:$2/readyz"
}
api 1 "$(port 11)" # the first makes the keysets
api 2 "$(port 12)"
for n in 1 2; do
  start "worker-$n" figgosync worker --listen "127.0.0.1:$(port $((12 + n)))" "${settings[@]}"
  wait_for "worker-$n" curl --fail --silent "http://127.0.0.1:$(port $((12 + n)))/healthz"
done

cat >"$dir/config/nginx.conf" <<NGINX
daemon off;
master_process off; # one process: workers would outlive a master that is killed
pid $dir/nginx.pid;
error_log $dir/log/nginx warn;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path $dir/nginx-body; proxy_temp_path $dir/nginx-proxy; fastcgi_temp_path $dir/nginx-fastcgi;
  uwsgi_temp_path $dir/nginx-uwsgi; scgi_temp_path $dir/nginx-scgi;
  upstream api { server 127.0.0.1:$(port 11); server 127.0.0.1:$(port 12); }
  server {
    listen 127.0.0.1:$PROXY;
    client_max_body_size 2m;
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host \$http_host;
      proxy_set_header X-Forwarded-For \$remote_addr;
      proxy_buffering off;     # server-sent events
      proxy_read_timeout 1h;
      proxy_next_upstream error timeout non_idempotent; # a webhook may be sent twice: it counts once
      proxy_connect_timeout 2s;
    }
  }
}
NGINX
start nginx nginx -c "$dir/config/nginx.conf" -p "$dir"
wait_for nginx curl --fail --silent "$url/readyz"

echo
echo "figgosync              $url"
[ -n "${CLUSTER_CONFIG:-}" ] || figgosync sign-in-link --public-url "$url" 2>/dev/null | sed 's/^/  /' || true
echo "Temporal's Web UI      http://127.0.0.1:$UI"
echo "Temporal               127.0.0.1:$FRONTEND"
echo "logs, process ids      $dir/log, $dir/pids"
echo "Ctrl-C stops everything; the data stay in $dir."
# What ends is started again, as in the Compose file.
while sleep 1; do
  for one in "${!pids[@]}"; do
    if ! kill -0 "${pids[one]}" 2>/dev/null; then
      echo "cluster: ${names[one]} (process ${pids[one]}) has ended and is started again; its log is $dir/log/${names[one]}" >&2
      again "$one"
    fi
  done
done
