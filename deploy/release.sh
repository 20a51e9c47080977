#!/usr/bin/env bash
# Makes a release in dist/: binaries for each system, archives, Debian packages, SBOMs,
# and the checksums of all. The same commit and the same Go give the same files.
#
#   deploy/release.sh                    a dry run: whatever is here, as version 0.0.0-dev
#   RELEASE=1 deploy/release.sh          the version whose tag vX.Y.Z is on this commit
#
# A release wants a clean tree, a section of its version in CHANGELOG.md, and
# MINISIGN_KEY, the file of the secret key that signs the checksums. Nothing is uploaded.
#   TARGETS="linux/amd64 linux/arm64"    fewer systems
#   BINARIES="figgosync"                 fewer binaries
#   SBOM=0                               without the lists of what is inside
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dist=${DIST:-$root/dist}
targets=${TARGETS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64}
binaries=${BINARIES:-figgosync figgosync-standalone}
export CGO_ENABLED=0 SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)

say() { echo "release: $*" >&2; }
refuse() { say "$*"; exit 1; }

version=0.0.0-dev
if [ "${RELEASE:-0}" = 1 ]; then
  tag=$(git tag --points-at HEAD --list 'v[0-9]*' | head -n 1)
  [ -n "$tag" ] || refuse "no tag vX.Y.Z is on this commit"
  version=${tag#v}
  [ -z "$(git status --porcelain)" ] || refuse "the tree has changes that are not committed"
  grep -qF "## [$version]" CHANGELOG.md || refuse "CHANGELOG.md has no section [$version]"
  [ -f "${MINISIGN_KEY:-}" ] || refuse "MINISIGN_KEY names no file: nothing would be signed"
  command -v minisign >/dev/null || refuse "minisign is not installed"
fi
told="$version ($(git rev-parse --short=12 HEAD), $(git log -1 --format=%cs))"
rm -rf "$dist"
mkdir -p "$dist/bin"

# source BINARY: the directory that builds it, and its package there.
source_of() {
  case $1 in
  figgosync) echo "$root ./cmd/figgosync" ;;
  figgosync-standalone) echo "$root/standalone ." ;;
  *) refuse "no such binary: $1" ;;
  esac
}

# archive NAME BINARY: a .tar.gz, or for Windows a .zip, whose content has one owner,
# one order and the commit's time.
archive() {
  local name=$1 binary=$2 tree
  tree=$(mktemp -d)
  mkdir "$tree/$name"
  cp "$binary" LICENSE README.md LISEZMOI.md CHANGELOG.md figgosync.example.yaml "$tree/$name/"
  chmod -R u=rwX,go=rX "$tree"
  find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  case $name in
  *windows*) (cd "$tree" && find "$name" | sort | zip -q -X -@ "$dist/$name.zip") ;;
  *) tar --create --directory "$tree" --sort=name --owner=0 --group=0 --numeric-owner --format=ustar "$name" |
    gzip -9n >"$dist/$name.tar.gz" ;;
  esac
  rm -rf "$tree"
}

for binary in $binaries; do
  read -r directory package <<<"$(source_of "$binary")"
  for target in $targets; do
    os=${target%/*} arch=${target#*/}
    name=${binary}_${version}_${os}_$arch
    suffix=""
    [ "$os" != windows ] || suffix=.exe
    out=$dist/bin/$name/$binary$suffix
    say "$binary $version for $os on $arch"
    (cd "$directory" && GOOS=$os GOARCH=$arch go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X 'github.com/figgosync/figgosync/cmd/command.released=$told'" -o "$out" "$package")
    archive "$name" "$out"
    if [ "$os" = linux ]; then
      deploy/debian/package.sh "$binary" "$out" "${version/-/\~}" "$arch" "$dist"
    fi
  done
  if [ "${SBOM:-1}" = 1 ]; then
    read -r -a main <<<"$([ "$binary" = figgosync ] && echo "-main cmd/figgosync" || true)"
    go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0 app -json -licenses -noserial -notimestamp \
      "${main[@]}" -output "$dist/${binary}_$version.cdx.json" "$directory"
  fi
done
rm -rf "$dist/bin"

(cd "$dist" && sha256sum -- *_* >SHA256SUMS)
if [ "${RELEASE:-0}" = 1 ]; then
  minisign -S -s "$MINISIGN_KEY" -m "$dist/SHA256SUMS" -t "figgosync $version"
else
  say "a dry run: nothing is signed. RELEASE=1 on a tagged commit makes a release."
fi
cat "$dist/SHA256SUMS"
