#!/bin/bash
# Runs each libFuzzer target for FUZZ_SECONDS (60), or those named, as many at a time as there are cores. What a run finds
# worth keeping stays in build-fuzz/corpus for the next. Exits 1 when an input crashed, leaked, hung or broke a promise, and
# says where it is: put it into tests/fuzz/corpus/<target>/, where every test run replays it, then mend what it shows.
#   tools/fuzz.sh [target …]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
build=build-fuzz
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}

tools/install.sh fuzz
if [ ! -f $build/build.ninja ]; then
  mkdir -p $build
  if ! CC=clang meson setup $build --buildtype debug -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false \
    -Dlibfuzzer=true -Dtests=disabled >$build/setup.log 2>&1; then
    tail -n 20 $build/setup.log >&2
    exit 1
  fi
fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for file in tests/fuzz/fuzz_*.c; do
    name=$(basename "$file" .c)
    targets+=("${name#fuzz_}")
  done
fi
ninja -C $build --quiet "${targets[@]/#/tests/fuzz/fuzz_}" | { grep -v "^ninja: no work to do" || true; }

dictionary() { # the arguments that name it
  case $1 in
    http_head | http_body | upstream) echo "-dict=tests/fuzz/dict/http.dict" ;;
    *) echo "-dict=tests/fuzz/dict/$1.dict" ;;
  esac
}

run() {
  local name=$1 found=$build/found/$1
  mkdir -p "$build/corpus/$name" "$found"
  rm -f "$found"/*
  nice "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
    -print_final_stats=1 -artifact_prefix="$found/" "$(dictionary "$name")" "$build/corpus/$name" "tests/fuzz/corpus/$name" \
    >"$build/$name.log" 2>&1
}

status=0
running=()
finish() { # the oldest of those that run
  local name=${running[0]%%:*} pid=${running[0]##*:}
  running=("${running[@]:1}")
  if wait "$pid"; then
    echo "ok     $name ($(grep -oE 'number_of_executed_units: [0-9]+' "$build/$name.log" | grep -oE '[0-9]+') inputs)"
    return
  fi
  status=1
  echo "FAILED $name: the input is $(ls $build/found/"$name"/* 2>/dev/null | tr '\n' ' '), the log $build/$name.log"
  grep -E "ERROR|SUMMARY|does not hold|runtime error|^    #[0-9] " "$build/$name.log" | head -n 20
}
for name in "${targets[@]}"; do
  if [ ${#running[@]} -ge "$(nproc)" ]; then finish; fi
  run "$name" &
  running+=("$name:$!")
done
while [ ${#running[@]} -gt 0 ]; do finish; done
exit $status
