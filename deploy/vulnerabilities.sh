#!/usr/bin/env bash
# Looks for known vulnerabilities in what is built. VULNDB names the database
# (https://go.dev/doc/security/vuln/database), such as https://vuln.go.dev or a copy,
# file:///srv/vulndb. Without it the database is made from the module golang.org/x/vulndb,
# which is to be had wherever Go's modules are.
set -euo pipefail
cd "$(dirname "$0")/.."
checker=golang.org/x/vuln/cmd/govulncheck@v1.1.4
root=$PWD
made="$PWD/.data/vulndb"
mkdir -p .data

if [ -z "${VULNDB:-}" ]; then
  version=$(cd / && go list -m -f '{{.Version}}' golang.org/x/vulndb@latest)
  source=$(cd / && go mod download -json "golang.org/x/vulndb@$version" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
  rm -rf "$made" && mkdir -p "$made"
  go run "golang.org/x/vulndb/cmd/indexdb@$version" -vulns "$source/data/osv" -out "$made"
  VULNDB="file://$made"
  echo "vulnerabilities known to golang.org/x/vulndb $version"
fi
# Whole modules are looked at: following calls through Microsoft's models takes more
# memory than a build machine has. Those of the standard library end with a newer
# toolchain and are told only; others fail, unless deploy/known-vulnerabilities names
# them with the reason they are borne.
GOBIN="$PWD/.data" go install "$checker" # `go run` would hide its exit code
look() {
  local found status=0
  found=$(cd "$1" && "$root/.data/govulncheck" -db "$VULNDB" -scan module) || status=$?
  printf '%s\n' "$found"
  [ $status -eq 0 ] || [ $status -eq 3 ] || return $status
  if [ $status -eq 3 ] && ! grep -q '^Vulnerability #' <<<"$found"; then
    echo "what the checker found in $1 cannot be read: is it another version?" >&2
    return 1
  fi
  printf '%s\n' "$found" | awk '/^Vulnerability #/ {id = $3} /^  Module: / {print id, $2}' | sort -u >"$made.found"
  if unknown=$(grep -v -w -F -f <(grep -o '^GO-[0-9-]*' deploy/known-vulnerabilities) "$made.found"); then
    printf 'not known before, in %s:\n%s\n' "$1" "$unknown" >&2
    return 1
  fi
}
look .
look standalone
