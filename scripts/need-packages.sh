#!/bin/sh
# Makes sure that Debian packages are there: speech synthesisers, the proxy we are compared with,
# profilers, Redis. Services that come with them are not started (RUNLEVEL).
set -eu
missing=
for package in "$@"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing$missing ..."
    apt-get update -qq >/dev/null
    # shellcheck disable=SC2086 # a list of names
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
    echo "Needed, and not there:$missing. On Debian: sudo apt-get install$missing" >&2
    exit 2
fi
