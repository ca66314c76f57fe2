"""A PgBouncer of one test's own, in transaction mode before the tests' PostgreSQL."""
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

CONFIG = """[databases]
* = host={PGHOST} port={PGPORT} user={PGUSER} password={PGPASSWORD}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 4
max_client_conn = 200
logfile = {folder}/log
"""


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class PgBouncer:
    def __init__(self, postgres, mode="transaction"):
        program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
        assert program, "PgBouncer is not installed: tools/install.sh test installs it"
        self.folder = Path(tempfile.mkdtemp(prefix="bookadate-pgbouncer-"))
        self.port = _free_port()
        self.user, self.password = postgres.known["PGUSER"], postgres.known["PGPASSWORD"]
        (self.folder / "users").write_text(f'"{self.user}" "{self.password}"\n')
        ini = self.folder / "pgbouncer.ini"
        ini.write_text(CONFIG.format(port=self.port, folder=self.folder, mode=mode, **postgres.known))
        run_as = {}
        if os.getuid() == 0:  # it refuses to run as root
            nobody = pwd.getpwnam("nobody")
            for path in (self.folder, self.folder / "users", ini):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            run_as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.process = subprocess.Popen([program, "-q", str(ini)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        **run_as)
        self._wait()

    def _wait(self):
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < until and self.process.poll() is None, self.log()
                time.sleep(0.02)

    def log(self):
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def url(self, database):
        return f"postgres://{self.user}@127.0.0.1:{self.port}/{database}"

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        shutil.rmtree(self.folder)
