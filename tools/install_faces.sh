#!/bin/bash
# Puts the face models, their description and the ONNX Runtime library into build-npm/faces, where the program looks for
# them, out of the npm packages that tools/fetch_npm.sh has unpacked. Each model must have the sha256 of the description. Does
# nothing, at once, when all is there; exit code 1 when something is missing (the program then says so and runs without).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
description=src/platform/face/models.json
to=build-npm/faces
machine=$(uname -m)
case $machine in
  x86_64) machine=x64 ;;
  aarch64) machine=arm64 ;;
esac

sums() { # "sha256  file" of each model, as sha256sum -c reads it
  tr -d ' \n' <$description | grep -o '"file":"[^"]*","sha256":"[0-9a-f]*"' | sed -E 's/"file":"([^"]*)","sha256":"([0-9a-f]*)"/\2  \1/'
}

whole() { [ -e $to/libonnxruntime.so ] && cmp -s $description $to/models.json && (cd $to && sums_here); }
sums_here() { sha256sum --status -c "$sums_file" 2>/dev/null; }

sums_file=$(mktemp) || exit 1
trap 'rm -f "$sums_file"' EXIT
sums >"$sums_file"
whole && exit 0

models=build-npm/faceplugin-face-recognition-js/model
library=$(find build-npm/onnxruntime-node/bin -path "*/linux/$machine/libonnxruntime.so*" 2>/dev/null | head -n 1)
[ -d $models ] || { echo "The face models are not there: face checks will say so" >&2; exit 1; }
(cd $models && sums_here) || { echo "A face model is not the one that $description names: refused" >&2; exit 1; }
[ -n "$library" ] || echo "There is no ONNX Runtime library for $machine: install the system's, or face checks will say so" >&2
rm -rf $to.new && mkdir -p $to.new &&
  while read -r _ file; do ln "$models/$file" "$to.new/$file" || exit 1; done <"$sums_file" &&
  { [ -z "$library" ] || ln "$library" $to.new/libonnxruntime.so; } &&
  cp $description $to.new/models.json && rm -rf $to && mv $to.new $to
