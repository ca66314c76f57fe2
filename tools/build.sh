#!/bin/bash
# Builds build/bookadate for use: optimised and hardened, without the tests. Quick when nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install.sh run
tools/fetch_npm.sh run || echo "Building without these npm packages; what needs them says so" >&2
tools/install_faces.sh || true
if [ ! -f build/build.ninja ]; then
  echo "Configuring build/ (its output is in build/setup.log)"
  mkdir -p build
  if ! meson setup build --buildtype release -Doptimization=2 -Dtests=disabled >build/setup.log 2>&1; then
    tail -n 20 build/setup.log >&2
    exit 1
  fi
fi
if [ ! -x build/bookadate ]; then
  echo "Building build/bookadate (about a minute)"
fi
ninja -C build --quiet bookadate | { grep -v "^ninja: no work to do" || true; }
