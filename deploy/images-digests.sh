#!/bin/sh
# Writes to .env, for each image of the Compose files, the digest that its registry has
# for the tag that .env or the file names: NAME=repository:tag@sha256:... Run it
# again to renew: a digest that is there already is looked up anew for its tag.
set -eu
cd "$(dirname "$0")/.."

# images: the variables of the Compose files with their defaults, NAME=repository:tag
images() {
  sed -n 's/.*\${\([A-Z_]*_IMAGE\):-\([^}]*\)}.*/\1=\2/p' docker-compose.yml deploy/docker-compose.*.yml | sort -u
}

# chosen NAME DEFAULT: what .env says of it without its digest, else the default
chosen() {
  value=$(sed -n "s/^$1=//p" .env 2>/dev/null | tail -n 1)
  value=${value:-$2}
  echo "${value%@*}"
}

pinned=$(images | while IFS='=' read -r name default; do
  image=$(chosen "$name" "$default")
  digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$image")
  case $digest in sha256:*) ;; *) echo "no digest for $image: $digest" >&2; exit 1 ;; esac
  echo "$name=$image@$digest"
done)

# Everything was found; only now .env changes. It may hold what is private.
umask 077
{ sed '/^[A-Z_]*_IMAGE=/d' .env 2>/dev/null || true; echo "$pinned"; } >.env.new
mv .env.new .env
echo "$pinned"
