#!/bin/bash
# Runs the benchmarks in bench/ against build/bookadate, on loopback, one after the other, and writes their table into
# docs/PERFORMANCE.md. Takes what bench/report.py takes: --rounds 1 --seconds 1 to try out.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/install.sh bench
tools/fetch_npm.sh bench || echo "Without Node's ws chat has no peer: the table says so" >&2
export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 bench/report.py "$@"
