#!/bin/bash
# Runs all tests under AddressSanitizer and UBSan: the C programs, then the API over real sockets. The last line is
# "N passed, N failed"; the exit code is 0 only when something ran and nothing failed. WERROR=1 makes warnings errors.
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
tools/configure_asan.sh || give_up "meson could not configure $build"
[ -x $build/bookadate ] || echo "Building under sanitizers (some minutes the first time)"
ninja -C $build --quiet || give_up "The program does not build"

results=$build/results
rm -rf $results
mkdir -p $results

echo "── C programs (unit, store) ──"
meson test -C $build --no-rebuild --quiet --num-processes "$(nproc)" >$results/meson.txt 2>&1
echo $? >$results/meson.code
cp $build/meson-logs/testlog.junit.xml $results/meson.xml 2>/dev/null
cp $build/meson-logs/testlog.json $results/meson.json 2>/dev/null

for folder in tests/*/; do
  name=$(basename "$folder")
  compgen -G "$folder/test_*.py" >/dev/null || continue
  echo "── $name ──"
  BOOKADATE_BIN=$PWD/$build/bookadate $python -m pytest -q --tb=short --junitxml=$results/pytest-"$name".xml "$folder"
  echo $? >$results/pytest-"$name".code
done

exec $python tools/sum_results.py $results
