#!/bin/sh
# package.sh NAME BINARY VERSION ARCHITECTURE DIRECTORY: makes a Debian package of a
# binary, figgosync or figgosync-standalone, with its units. The same input gives the
# same file: SOURCE_DATE_EPOCH is the time of everything in it.
set -eu
name=$1 binary=$2 version=$3 architecture=$4 out=$5
here=$(cd "$(dirname "$0")" && pwd)
units=$here/../systemd
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
umask 022
chmod 0755 "$tree"

install -D -m 0755 "$binary" "$tree/usr/bin/$name"
case $name in
figgosync) set -- figgosync-api figgosync-worker ;;
*) set -- figgosync-standalone ;;
esac
for unit; do
  install -D -m 0644 "$units/$unit.service" "$tree/lib/systemd/system/$unit.service"
done
install -D -m 0600 "$units/figgosync.env" "$tree/etc/figgosync/$name.env"
install -D -m 0644 "$here/../../LICENSE" "$tree/usr/share/doc/$name/copyright"
gzip -9n <"$here/../../CHANGELOG.md" >"$tree/changelog.gz"
install -D -m 0644 "$tree/changelog.gz" "$tree/usr/share/doc/$name/changelog.gz"
rm "$tree/changelog.gz"

mkdir -p "$tree/DEBIAN"
for script in postinst prerm; do
  sed "s/@UNITS@/$*/" "$here/$script" >"$tree/DEBIAN/$script"
  chmod 0755 "$tree/DEBIAN/$script"
done
echo "/etc/figgosync/$name.env" >"$tree/DEBIAN/conffiles"
cat >"$tree/DEBIAN/control" <<CONTROL
Package: $name
Version: $version
Architecture: $architecture
Maintainer: figgosync <figgosync@users.noreply.github.com>
Section: net
Priority: optional
Recommends: ca-certificates
Installed-Size: $(du -k -s "$tree" | cut -f 1)
Homepage: https://github.com/figgosync/figgosync
Description: puts the absences of Figgo (Lucca) into calendars
 Each absence entered in Figgo is written to its owner's calendar in real time:
 Outlook on Office 365, Outlook on an Exchange server, or Google Calendar.
CONTROL
find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zgzip --build "$tree" "$out/${name}_${version}_$architecture.deb" >/dev/null
