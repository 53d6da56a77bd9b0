#!/bin/sh
# Runs all tests in two parts at once, because most of the second only waits: scripts/test-in-parts.sh BIN
# What each part prints is shown when both are over; the coverage of both is combined.
set -u
bin=$1
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
rm -f .coverage .coverage.part-*
part() {
    name=$1
    shift
    COVERAGE_FILE=.coverage.part-$name "$bin/pytest" -p no:cacheprovider --cov --cov-report= "$@" >"$logs/$name" 2>&1
    echo $? >"$logs/$name.code"
}
part one tests --ignore-glob='tests/e2e/test_[m-z]*' &
part two tests/e2e --ignore-glob='tests/e2e/test_[a-l]*' &
wait
cat "$logs/one" "$logs/two"
"$bin/coverage" combine --quiet .coverage.part-one .coverage.part-two || exit 1
[ "$(cat "$logs/one.code")" = 0 ] && [ "$(cat "$logs/two.code")" = 0 ]
