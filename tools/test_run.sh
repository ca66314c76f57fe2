#!/bin/bash
# One run of the tests on one store, for tools/test.sh: all C programs and the API on SQLite, or beside
# tools/with_postgres.sh those that need a store. Leaves what meson and pytest say in the folder of results.
#   tools/test_run.sh sqlite|postgres build results
set -uo pipefail
store=$1
build=$2
results=$3
python=/usr/bin/python3

suites=()
[ "$store" = postgres ] && suites=(--suite store)
echo "── C programs on $store ──"
meson test -C "$build" --no-rebuild --quiet --num-processes "$(nproc)" ${suites[@]+"${suites[@]}"} >"$results/meson-$store.txt" 2>&1
echo $? >"$results/meson-$store.code"
cp "$build/meson-logs/testlog.junit.xml" "$results/meson-$store.xml" 2>/dev/null
cp "$build/meson-logs/testlog.json" "$results/meson-$store.json" 2>/dev/null

for folder in tests/*/; do
  name=$(basename "$folder")
  compgen -G "$folder/test_*.py" >/dev/null || continue
  [ "$store" = postgres ] && [[ ! " api fault " =~ " $name " ]] && continue
  echo "── $name on $store ──"
  BOOKADATE_BIN=$PWD/$build/bookadate $python -m pytest -q --tb=short --junitxml="$results/pytest-$name-$store.xml" "$folder"
  echo $? >"$results/pytest-$name-$store.code"
done
