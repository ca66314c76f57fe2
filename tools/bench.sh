#!/bin/bash
# Runs every benchmark in bench/ against build/bookadate, on loopback, one after the other.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/install.sh bench
tools/fetch_npm.sh bench
export PYTHONDONTWRITEBYTECODE=1
for row in bench/*.py; do
  case $row in bench/fixture.py | bench/measure.py) continue ;; esac # what the others share
  /usr/bin/python3 "$row"
done
