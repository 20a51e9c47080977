#!/usr/bin/env bash
# Builds figgosync-standalone into the file given, and tells how far it is: a line that
# updates on a terminal, a line now and then elsewhere.
set -euo pipefail
out="$(realpath -m "$1")"
cd "$(dirname "$0")/../standalone"

echo "Building figgosync-standalone, with a whole Temporal server in it. The first time that takes 5 to 10 minutes on two" >&2
echo "cores and about 5 GB of memory; later builds take seconds. Looking at what has to be compiled..." >&2
total=$(go list -trimpath -deps -f '{{if .Stale}}x{{end}}' . | grep -c x || true)
if [ "$total" -gt 50 ]; then
  echo "Compiling $total packages." >&2
elif [ "$total" -gt 0 ]; then
  echo "Compiling what changed and linking: a minute or so." >&2
fi
terminal=0
[ -t 2 ] && terminal=1
# With -v go names each package as it is compiled; everything else it says is an error.
go build -v -trimpath -o "$out" . 2>&1 | awk -v total="$total" -v terminal="$terminal" '
  function show() {
    last = (count >= total) ? ", linking" : ""
    if (terminal) printf "\r\033[K  %d of %d packages compiled%s", count, total, last
    else if (count % 100 == 0 || count == total) printf "  %d of %d packages compiled%s\n", count, total, last
    fflush()
  }
  /^[^ #:]+$/ { count++; show(); next }
  { if (terminal && count) printf "\n"; print; fflush() }
  END { if (terminal && count) printf "\n" }' >&2
