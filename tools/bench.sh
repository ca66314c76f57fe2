#!/bin/bash
# Runs every benchmark in bench/ against build/bookadate, on loopback, one after the other.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/install.sh bench
export PYTHONDONTWRITEBYTECODE=1
for row in bench/*.py; do
  if [ "$row" != bench/fixture.py ]; then
    /usr/bin/python3 "$row"
  fi
done
