#!/bin/bash
# Installs the Debian packages of the sets named: run, test, lint, npm, fuzz, bench. Says what it installs and asks nothing.
# Without root it uses sudo where that works without a password, else prints the one command to run and exits 1. On
# another distribution it names what is missing. Does nothing, at once, when all is there.
set -euo pipefail

# "package:what shows that it is there" – the second half is for other distributions: a command, a pkg-config module
# (pc/…) or a file.
RUN=(make:make gcc:cc libc6-dev:/usr/include/stdio.h meson:meson ninja-build:ninja pkg-config:pkg-config python3:python3
  libuv1-dev:pc/libuv libssl-dev:pc/openssl node-llhttp:/usr/share/llhttp/llhttp.c libwslay-dev:/usr/include/wslay/wslay.h
  libjansson-dev:pc/jansson libsodium-dev:pc/libsodium libsqlite3-dev:pc/sqlite3 libpq-dev:pc/libpq libjpeg-dev:pc/libjpeg
  libpng-dev:pc/libpng libwebp-dev:pc/libwebp libexif-dev:pc/libexif zlib1g-dev:pc/zlib
  libunistring-dev:/usr/include/unistr.h libzxcvbn-dev:/usr/include/zxcvbn.h curl:curl) # curl: for the README's journey
TEST=(libcmocka-dev:pc/cmocka postgresql:/usr/lib/postgresql pgbouncer:/usr/sbin/pgbouncer haproxy:/usr/sbin/haproxy openssl:openssl python3-pytest:py/pytest
  python3-pytest-xdist:py/xdist python3-requests:py/requests python3-websocket:py/websocket
  python3-psycopg2:py/psycopg2)
TEST+=(python3-prometheus-client:py/prometheus_client python3-fastjsonschema:py/fastjsonschema)
TEST+=(chromium:chromium fonts-dejavu-core:/usr/share/fonts/truetype/dejavu) # a page without a font shows no text
FUZZ=(clang:clang libclang-rt-14-dev:clang)
LINT=(clang-format:clang-format clang-tidy:clang-tidy)
NPM=(npm:npm openssl:openssl) # only asked for where no npm is there
BENCH=(nginx-light:nginx openssl:openssl wrk:wrk nghttp2-client:h2load procps:pgrep util-linux:taskset
  postgresql:/usr/lib/postgresql haproxy:/usr/sbin/haproxy python3-matplotlib:py/matplotlib)

wanted=()
for set in "$@"; do
  case $set in
    run) wanted+=("${RUN[@]}") ;;
    test) wanted+=("${RUN[@]}" "${TEST[@]}") ;;
    lint) wanted+=("${RUN[@]}" "${TEST[@]}" "${LINT[@]}") ;; # clang-tidy reads the tests too
    npm) wanted+=("${NPM[@]}") ;;
    fuzz) wanted+=("${RUN[@]}" "${FUZZ[@]}") ;;
    bench) wanted+=("${RUN[@]}" "${BENCH[@]}") ;;
    *) echo "usage: tools/install.sh run|test|lint|npm|fuzz|bench …" >&2; exit 2 ;;
  esac
done
packages=$(printf '%s\n' "${wanted[@]%%:*}" | sort -u)

there() {
  case $1 in
    pc/*) pkg-config --exists "${1#pc/}" 2>/dev/null ;;
    py/*) /usr/bin/python3 -c "import ${1#py/}" 2>/dev/null ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

if ! command -v apt-get >/dev/null; then
  missing=()
  for item in "${wanted[@]}"; do there "${item#*:}" || missing+=("${item%%:*}"); done
  [ ${#missing[@]} -eq 0 ] && exit 0
  echo "This is not Debian. Install what your distribution calls these, then try again (names as in Debian):" >&2
  printf '%s\n' "${missing[@]}" | sort -u | paste -sd' ' >&2
  exit 1
fi

# shellcheck disable=SC2086 # one word a package
installed=" $(dpkg-query -W -f='${db:Status-Status}=${Package} ' $packages 2>/dev/null || true)"
absent=""
for package in $packages; do
  [[ $installed == *" installed=$package "* ]] || absent+="$package "
done
[ -z "$absent" ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "Some Debian packages are missing. Run this once, then try again:" >&2
    echo "  sudo apt-get install --no-install-recommends ${absent% }" >&2
    exit 1
  fi
  as_root=(sudo -n)
fi
echo "Installing with apt-get: ${absent% }"
apt=(${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0
  -o Dpkg::Options::=--force-confold)
"${apt[@]}" update || echo "The package lists could not be refreshed; trying with those that are there." >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Debian's postgresql makes a cluster of its own when it is installed, and starts it: the tests bring theirs. Only where
# postgresql-common is not there yet and nobody has said otherwise; to have one later: pg_createcluster 15 main.
clusters=/etc/postgresql-common/createcluster.conf
if [[ " $absent" == *" postgresql "* && ! -e $clusters ]]; then
  echo "Writing $clusters: no PostgreSQL cluster is made by the installation"
  ${as_root[@]+"${as_root[@]}"} sh -c "mkdir -p ${clusters%/*} && echo create_main_cluster = false >$clusters"
fi
# HAProxy, PgBouncer and nginx are programs that tests and benchmarks start by themselves; Debian would also start them as services,
# now and at each boot. Not those that come with us: while apt-get runs a policy forbids it (where nobody has one already),
# and afterwards they are disabled. Whoever wants one: systemctl enable --now haproxy.
services=()
for pair in haproxy:haproxy pgbouncer:pgbouncer nginx-light:nginx; do
  [[ " $absent" == *" ${pair%:*} "* ]] && services+=("${pair#*:}")
done
policy=/usr/sbin/policy-rc.d
if [ ${#services[@]} -gt 0 ] && [ ! -e $policy ] && [ ! -L $policy ]; then
  # shellcheck disable=SC2064 # as it is now
  trap "rm -f '$log'; ${as_root[*]-} rm -f $policy" EXIT
  ${as_root[@]+"${as_root[@]}"} sh -c "cat >$policy && chmod 755 $policy" <<END
#!/bin/sh
# Written by BOOKADATE's tools/install.sh for the time of one apt-get: may be removed.
case \$1 in $(printf '%s|' "${services[@]}" "${services[@]/%/.service}")none) exit 101 ;; esac
END
fi
# shellcheck disable=SC2086
if ! "${apt[@]}" install -y --no-install-recommends $absent >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "apt-get could not install: $absent" >&2
  exit 1
fi

disable() {
  if command -v systemctl >/dev/null; then
    ${as_root[@]+"${as_root[@]}"} systemctl disable --quiet "$1.service"
  else
    ${as_root[@]+"${as_root[@]}"} update-rc.d "$1" disable
  fi
}
for service in ${services[@]+"${services[@]}"}; do
  disable "$service" >/dev/null 2>&1 && echo "Not started at boot: $service" || echo "$service may be started at boot" >&2
done
