#!/bin/bash
# The house rules: formatter, layers, tables, queries, sizes, shell scripts' syntax, clang-tidy. Each counts as one test; the last
# line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export PYTHONDONTWRITEBYTECODE=1
passed=0
failed=0

check() { # name command…: quiet when it is fine
  local name=$1 out
  shift
  if out=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok     $name"
  else
    failed=$((failed + 1))
    echo "FAILED $name"
    echo "$out" | sed 's/^/    /'
  fi
}

c_files() {
  find src tests -name '*.[ch]' -print0
}

formatted() {
  c_files | xargs -0 clang-format --dry-run -Werror
}

shell_scripts() {
  local script
  for script in tools/*.sh .ci/run; do bash -n "$script" || return 1; done
}

tidy() { # what gcc alone knows among the compiler's flags is not clang's business
  tools/configure_asan.sh && ninja -C build-asan --quiet version.h 2>/dev/null
  find src tests -name '*.c' -print0 | xargs -0 -P "$(nproc)" -n 4 \
    clang-tidy --quiet -p build-asan --extra-arg=-Wno-unknown-warning-option 2>/dev/null
}

tools/install.sh lint || { echo "0 passed, 1 failed"; exit 1; }
check "clang-format" formatted
check "layers" /usr/bin/python3 tools/check_layers.py
check "tables" /usr/bin/python3 tools/check_tables.py
check "queries" /usr/bin/python3 tools/check_queries.py
check "sizes" /usr/bin/python3 tools/check_sizes.py
check "shell scripts" shell_scripts
check "clang-tidy" tidy
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
