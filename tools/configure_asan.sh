#!/bin/bash
# Configures build-asan (sanitizers, tests, compile_commands.json) unless it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -f build-asan/build.ninja ]; then
  mkdir -p build-asan
  werror=false
  if [ "${WERROR:-0}" = 1 ]; then werror=true; fi
  if ! meson setup build-asan --buildtype debug -Db_sanitize=address,undefined -Dtests=enabled \
    -Dwerror=$werror >build-asan/setup.log 2>&1; then
    tail -n 20 build-asan/setup.log >&2
    exit 1
  fi
fi
