#!/bin/bash
# Unpacks the npm packages of the sets named (tools/npm_packages) into build-npm/, each archive checked against the
# integrity that is written there; no script of a package runs. Does nothing, at once, when all are there. A package that
# cannot be had is said, and the exit code is 1; what is there stays.
#   tools/fetch_npm.sh run test …
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

fetch() { # name version integrity folder only
  local name=$1 version=$2 integrity=$3 folder=$4 only=$5 dir archive got members
  dir=$(mktemp -d) || return 1
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$dir'" RETURN
  (cd "$dir" && npm pack --silent --ignore-scripts --fetch-retries 1 --fetch-retry-mintimeout 1000 "$name@$version" >/dev/null 2>npm.log) || {
    tail -n 3 "$dir/npm.log" >&2
    echo "npm could not fetch $name@$version" >&2
    return 1
  }
  archive=$(find "$dir" -name '*.tgz' | head -n 1)
  got="sha512-$(openssl dgst -sha512 -binary "$archive" | openssl base64 -A)"
  [ "$got" = "$integrity" ] || {
    echo "$name@$version is not the archive that tools/npm_packages names ($got): refused" >&2
    return 1
  }
  IFS=, read -ra members <<<"$only"
  rm -rf "$folder" && mkdir -p "$folder" &&
    tar -xzf "$archive" -C "$folder" --strip-components 1 --no-same-owner --wildcards "${members[@]}" &&
    echo "$version $integrity$only" >"$folder/.fetched"
}

code=0
while read -r set name version integrity only; do
  [[ " $* " == *" $set "* ]] || continue
  folder=${name#@}
  folder=build-npm/${folder//\//-}
  [ "$(cat "$folder/.fetched" 2>/dev/null)" = "$version $integrity$only" ] && continue
  if ! command -v npm >/dev/null; then tools/install.sh npm || { code=1; continue; }; fi
  echo "Fetching $name $version from npm"
  fetch "$name" "$version" "$integrity" "$folder" "$only" || code=1
done < <(grep -v '^#' tools/npm_packages)
exit $code
