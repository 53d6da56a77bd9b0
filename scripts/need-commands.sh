#!/bin/sh
# Makes sure that commands exist, with Debian's packages of the same names if need be.
set -eu
missing=
for command in "$@"; do
    command -v "$command" >/dev/null 2>&1 || missing="$missing $command"
done
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing$missing ..."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing; } >/dev/null
else
    echo "Needed, and not there:$missing. On Debian: sudo apt-get install$missing" >&2
    exit 2
fi
