#!/bin/sh
# Pins every dependency with its hashes and without addresses: scripts/lock.sh PATH-TO-UV
set -eu
compile() {
    "$uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-annotate --no-header "$@"
}
uv=$1
compile --output-file requirements.lock
compile --extra emulator --group build --constraint requirements.lock \
    --output-file requirements-emulator.lock
compile --extra emulator --group dev --constraint requirements-emulator.lock \
    --output-file requirements-dev.lock
