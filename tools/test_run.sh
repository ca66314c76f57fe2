#!/bin/bash
# One run of the tests in one shape, for tools/test.sh: all C programs and everything that pytest has on SQLite; the store's
# C programs once more on PostgreSQL; the API in every shape. All shapes but sqlite run beside tools/with_postgres.sh.
# Leaves what meson and pytest say in the folder of results.
#   tools/test_run.sh sqlite|postgres|seven|replicas build results
set -uo pipefail
shape=$1
build=$2
results=$3
python=/usr/bin/python3

# The tests wait more than they compute, so there are two for each core.
workers=(-n "${TEST_WORKERS:-$((2 * $(nproc)))}" --dist loadfile)
program=$build/bookadate
folders=(api)
suites=()
case $shape in
  sqlite) folders=(tests/*/) ;;
  postgres) program=build/bookadate suites=(--suite store) folders=(api fault) ;;
  seven) export BOOKADATE_TEST_SPLIT=seven ;;
  replicas) program=build/bookadate; export BOOKADATE_TEST_SPLIT=replicas ;;
esac

if [[ $shape == sqlite || $shape == postgres ]]; then
  echo "── C programs on $shape ──"
  meson test -C "$build" --no-rebuild --quiet --num-processes "$(nproc)" ${suites[@]+"${suites[@]}"} >"$results/meson-$shape.txt" 2>&1
  echo $? >"$results/meson-$shape.code"
  cp "$build/meson-logs/testlog.junit.xml" "$results/meson-$shape.xml" 2>/dev/null
  cp "$build/meson-logs/testlog.json" "$results/meson-$shape.json" 2>/dev/null
fi

for folder in "${folders[@]}"; do
  name=$(basename "$folder")
  compgen -G "tests/$name/test_*.py" >/dev/null || continue
  echo "── $name: $shape ──"
  beside=()
  [ "$name" = api ] && beside=("${workers[@]}")
  BOOKADATE_BIN=$PWD/$program $python -m pytest -q --tb=short ${beside[@]+"${beside[@]}"} \
    --junitxml="$results/pytest-$name-$shape.xml" "tests/$name"
  echo $? >"$results/pytest-$name-$shape.code"
done
