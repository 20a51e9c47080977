#!/usr/bin/env bash
# Looks for known vulnerabilities in what is built. VULNDB names the database
# (https://go.dev/doc/security/vuln/database), such as https://vuln.go.dev or a copy,
# file:///srv/vulndb. Without it the database is made from the module golang.org/x/vulndb,
# which is to be had wherever Go's modules are.
set -euo pipefail
cd "$(dirname "$0")/.."
checker=golang.org/x/vuln/cmd/govulncheck@v1.1.4

if [ -z "${VULNDB:-}" ]; then
  made="$PWD/.data/vulndb"
  version=$(cd / && go list -m -f '{{.Version}}' golang.org/x/vulndb@latest)
  source=$(cd / && go mod download -json "golang.org/x/vulndb@$version" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
  rm -rf "$made" && mkdir -p "$made"
  go run "golang.org/x/vulndb/cmd/indexdb@$version" -vulns "$source/data/osv" -out "$made"
  VULNDB="file://$made"
  echo "vulnerabilities known to golang.org/x/vulndb $version"
fi
go run "$checker" -db "$VULNDB" ./...
cd standalone
go run "$checker" -db "$VULNDB" ./...
