"""HAProxy before several complete processes of one program, round robin and without stickiness: one of a server's own, which
ends with it. It must not repair what the program owes its clients: no retries but those of a connection that failed."""
import csv
import io
import os
import shutil
import socket
import subprocess
import time

GLOBAL = """global
    maxconn 4000
    nbthread 1
    tune.bufsize 65536
    stats socket {folder}/haproxy.sock mode 600 level admin
defaults
    balance roundrobin
    timeout connect 2s
    timeout client 120s
    timeout server 120s
    timeout tunnel 300s
    timeout check 5s
    retries 2
    option redispatch
    default-server inter 500ms fastinter 100ms fall 2 rise 1 on-marked-down shutdown-sessions
"""
# HTTP is read and balanced request by request; TLS ends in the program, so the balancer passes on connections.
HTTP = """listen port{offset}
    mode http
    option forwardfor
    option httpchk GET {health}
    bind 127.0.0.1:{port}{ends}
    bind [::1]:{port} v6only{ends}
"""
TLS = """listen port{offset}
    mode tcp
    bind 127.0.0.1:{port}
    bind [::1]:{port} v6only
"""
START_SECONDS = 10


class Balancer:
    """On n_ports from port_base, before the same ports from each of bases. tls: the first port's bytes are TLS. certificate: TLS
    ends here, on every port, and what goes on says so."""

    def __init__(self, folder, port_base, bases, n_ports, tls=False, certificate=None):
        program = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")
        assert program, "HAProxy is not installed: tools/install.sh test installs it"
        self._socket = f"{folder}/haproxy.sock"
        text, ends = GLOBAL.format(folder=folder), ""
        if certificate:
            both = folder / "haproxy.pem"
            both.write_bytes(b"".join(file.read_bytes() for file in certificate.files))
            ends = f" ssl crt {both}\n    http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}"
        for offset in range(n_ports):
            part = TLS if tls and offset == 0 else HTTP
            text += part.format(offset=offset, port=port_base + offset, ends=ends, health="/health" if offset else "/health/ready")
            text += "".join(f"    server r{i} 127.0.0.1:{base + offset} check\n" for i, base in enumerate(bases))
        config = folder / "haproxy.cfg"
        config.write_text(text)
        with open(folder / "haproxy.txt", "w") as said:
            self._process = subprocess.Popen([program, "-q", "-db", "-f", str(config)], stdin=subprocess.DEVNULL,
                                             stdout=said, stderr=said)
        self._said = folder / "haproxy.txt"

    def _states(self):
        """(port, server, UP or DOWN …) of each."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self._socket)
            s.sendall(b"show stat\n")
            text = s.makefile().read().removeprefix("# ")
        return [(row["pxname"], row["svname"], row["status"]) for row in csv.DictReader(io.StringIO(text))
                if row["svname"] not in ("FRONTEND", "BACKEND")]

    def wait(self, n_up):
        """Until n_up processes answer on every port and no other is believed in."""
        until, states = time.monotonic() + START_SECONDS, []
        while time.monotonic() < until and self._process.poll() is None:
            try:
                states = self._states()
                ports = {port for port, _, _ in states}
                if states and all(sum(p == port and s.startswith("UP") for p, _, s in states) == n_up for port in ports):
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"HAProxy does not see {n_up} processes: {states}\n{self._said.read_text()}")

    def stop(self):
        self._process.kill()
        self._process.wait()
