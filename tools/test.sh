#!/bin/bash
# Runs all tests: the C programs, the API over real sockets, and what breaks things on purpose, in four shapes:
#   sqlite    one process on SQLite               postgres  one process on PostgreSQL
#   seven     a process for each service          replicas  two complete processes behind HAProxy, round robin
# TEST_SHAPES="sqlite seven" picks some; TEST_WORKERS is how many tests of the API run at once. sqlite and seven run under
# AddressSanitizer and UBSan, postgres and replicas the program as `make run` builds it. The last line is "N passed, N
# failed"; the exit code is 0 only when something ran and nothing failed.
# WERROR=1 makes warnings errors.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build="build-asan"
python=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
shapes=${TEST_SHAPES:-sqlite postgres seven replicas}

give_up() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

for shape in $shapes; do
  [[ " sqlite postgres seven replicas " == *" $shape "* ]] || give_up "There is no shape $shape: sqlite, postgres, seven, replicas"
done
tools/install.sh test || give_up "The packages that the tests need are not there"
command -v npm >/dev/null || tools/install.sh npm || give_up "The browser tests need npm"
tools/fetch_npm.sh run test || echo "What needs these npm packages is not tested" >&2
tools/install_faces.sh
tools/configure_asan.sh || give_up "meson could not configure $build"
[ -x $build/bookadate ] || echo "Building under sanitizers (some minutes the first time)"
ninja -C $build --quiet || give_up "The program does not build"
if [[ " $shapes " =~ \ (postgres|replicas)\  ]]; then tools/build.sh || give_up "The program does not build"; fi

results=$build/results
rm -rf $results
mkdir -p $results

first=1
for shape in $shapes; do
  beside=()
  [ "$shape" = sqlite ] || beside=(tools/with_postgres.sh)
  BOOKADATE_TEST_REPEATED=$((1 - first)) ${beside[@]+"${beside[@]}"} tools/test_run.sh "$shape" $build $results ||
    echo 1 >$results/pytest-"$shape".code
  first=0
done

exec $python tools/sum_results.py $results
