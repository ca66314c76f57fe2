#!/bin/bash
# Runs all tests under AddressSanitizer and UBSan: the C programs, then the API over real sockets, on SQLite.
# TEST_STORES="sqlite postgres" runs what needs a store once more on a PostgreSQL of the tests' own. The last line is "N
# passed, N failed"; the exit code is 0 only when something ran and nothing failed. WERROR=1 makes warnings errors.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build="build-asan"
python=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}

give_up() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

tools/install.sh test || give_up "The packages that the tests need are not there"
tools/fetch_npm.sh run test || echo "What needs these npm packages is not tested" >&2
tools/install_faces.sh
tools/configure_asan.sh || give_up "meson could not configure $build"
[ -x $build/bookadate ] || echo "Building under sanitizers (some minutes the first time)"
ninja -C $build --quiet || give_up "The program does not build"

results=$build/results
rm -rf $results
mkdir -p $results

for store in ${TEST_STORES:-sqlite}; do
  beside=()
  [ "$store" = postgres ] && beside=(tools/with_postgres.sh)
  ${beside[@]+"${beside[@]}"} tools/test_run.sh "$store" $build $results || echo 1 >$results/pytest-"$store".code
done

exec $python tools/sum_results.py $results
