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
# What others run, for `make bench`: without this project's own dependencies, but for those it shares.
"$uv" pip compile --group peers --quiet --universal --python-version 3.11 \
    --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header \
    --constraint requirements.lock --output-file bench/requirements-peers.lock
# What looks for known weaknesses, for `make audit`: it shares nothing with the service.
"$uv" pip compile --group audit --quiet --universal --python-version 3.11 \
    --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header \
    --output-file supply/requirements-audit.lock
