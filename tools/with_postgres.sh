#!/bin/bash
# Runs a command beside a PostgreSQL of its own: a fresh cluster in a temporary directory, on a free port of this
# machine's loopback and a socket in that directory, taken down afterwards whatever happened. The command finds it in
# BOOKADATE_TEST_POSTGRES (a URL without a database's name: append one) and PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATA.
#   tools/with_postgres.sh meson test -C build --suite store
# Inside, "$PG_CTL" stop|start|restart does what it says (pg_ctl's words).
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: tools/with_postgres.sh command …" >&2; exit 2; }
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -x "${bin:-}/initdb" ] || bin=$(dirname "$(command -v initdb || true)")
[ -x "$bin/initdb" ] || { echo "PostgreSQL is not installed: tools/install.sh test" >&2; exit 1; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/bookadate-pg-XXXXXX")
chmod 755 "$dir"
as=()
if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
  owner=nobody
  id postgres >/dev/null 2>&1 && owner=postgres
  chown "$owner" "$dir"
  as=(setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups)
fi

# What the command may call to stop, start or restart the server.
cat >"$dir/ctl" <<END
#!/bin/bash
cd "$dir" && exec ${as[*]} "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -s "\$@"
END
chmod 755 "$dir/ctl"

finish() {
  "$dir/ctl" stop -m immediate >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
(
  cd "$dir"
  (umask 077 && echo "$password" >password)
  [ ${#as[@]} -eq 0 ] || chown "$owner" password
  "${as[@]}" "$bin/initdb" -D data -U bookadate -A scram-sha-256 --pwfile=password -E UTF8 --locale=C.UTF-8 >initdb.log 2>&1 ||
    { cat initdb.log >&2; exit 1; }
  cat >>data/postgresql.conf <<END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
max_connections = 1000
END
)
"$dir/ctl" start >/dev/null || { cat "$dir/log" >&2; exit 1; }

export PG_CTL=$dir/ctl PGHOST=127.0.0.1 PGPORT=$port PGUSER=bookadate PGPASSWORD=$password PGDATABASE=postgres
export BOOKADATE_TEST_POSTGRES=postgres://bookadate:$password@127.0.0.1:$port
"$@"
