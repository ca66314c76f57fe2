#!/bin/bash
# Measures the face models on photos of people: $BOOKADATE_TEST_FACES/lfw10, else ../shared/faces/lfw10 (a folder a person);
# and what face checks do to other requests. Where there are no photos it says so and is done.
set -euo pipefail
cd "$(dirname "$0")/.."
faces=${BOOKADATE_TEST_FACES:-../shared/faces}
[ -d "$faces/lfw10" ] || { echo "There are no photos in $faces/lfw10: the face models are not measured"; exit 0; }
[ -e build-npm/faces/models.json ] || { echo "The face models are not installed: not measured" >&2; exit 1; }
ninja -C build --quiet bench/bench_face
build/bench/bench_face "$faces/lfw10" build-npm/faces
tools/install.sh bench
BOOKADATE_TEST_FACES=$faces PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 bench/reads_beside_checks.py
