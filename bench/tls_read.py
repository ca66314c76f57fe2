#!/usr/bin/python3
"""GET /users/{id} over HTTPS on the gateway beside nginx: TLS in front of `proxy_pass` to nginx `return 200`, one worker each,
the same P-256 certificate, keep-alive, run in turn in the same call; then whole handshakes, and the memory of idle connections.

Prints medians over the rounds. CPU µs (user + system time of the server's processes) is the steadier figure on a shared
machine; wrk itself encrypts too, on the same cores."""
import os
import socket
import ssl
import statistics
import subprocess
import time

import fixture
from figures import hand_over, side_by_side
from measure import cpu_seconds, in_turn, measure, options, resident_kb, row, workplace


def make_certificate(work):
    certificate, key = os.path.join(work, "tls.pem"), os.path.join(work, "tls.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                    "-out", certificate, "-days", "365", "-subj", "/CN=localhost"], check=True, capture_output=True)
    return certificate, key


def address(server):
    host, port = server.url.split("//")[1].split(":")
    return host, int(port)


def shake_hands(server, context):
    stream = context.wrap_socket(socket.create_connection(address(server)))
    stream.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    stream.recv(65536)
    return stream


def handshakes(server, n):
    """(whole handshakes with one request each, a second; CPU µs each)."""
    context = ssl._create_unverified_context()
    before, begun = cpu_seconds(server.pids), time.monotonic()
    for _ in range(n):
        shake_hands(server, context).close()
    return n / (time.monotonic() - begun), (cpu_seconds(server.pids) - before) / n * 1e6


def idle_bytes(server, n):
    """Resident bytes of one idle connection."""
    context = ssl._create_unverified_context()
    kept = [shake_hands(server, context) for _ in range(50)]  # what is made once, and shared, is there
    before = resident_kb(server.pid)
    kept += [shake_hands(server, context) for _ in range(n)]
    time.sleep(0.5)
    return (resident_kb(server.pid) - before) * 1024 / n


def main():
    given = options(__doc__, users=100_000, rounds=5, seconds=4, connections=64, idle=2000)

    with workplace() as (work, started):
        tls = make_certificate(work)
        people = fixture.make_users(given.binary, work, given.users)
        ours = fixture.start_bookadate(given.binary, work, started, tls=tls, loops=1, connections_per_address=0)
        nginx = fixture.start_nginx(work, started, tls=tls)
        script = fixture.write_requests(work, people)
        runs = in_turn(given.rounds, ours=lambda: measure(ours.pids, ours.url, script, given.seconds, given.connections),
                       nginx=lambda: measure(nginx.pids, nginx.url, script, given.seconds, given.connections))
        shaken = in_turn(given.rounds, ours=lambda: handshakes(ours, 500), nginx=lambda: handshakes(nginx, 500))
        print(f"\nGET /users/{{id}} over HTTPS: {given.users:,} users, {given.connections} connections, "
              f"{given.rounds} rounds of {given.seconds} s, one worker each\n")
        print("| server | requests/s | CPU µs/request | lowest–highest | p99 ms |\n|---|---|---|---|---|")
        mine = row("bookadate HTTPS", runs["ours"])
        peer = row("nginx TLS, proxy_pass", runs["nginx"])
        print(f"| ratio | {mine[0] / peer[0]:.2f} (aim ≥ 1.3) | {mine[1] / peer[1]:.2f} (aim ≤ 0.75) | | |")
        mine, peer = (statistics.median(cpu for _, cpu in shaken[name]) for name in ("ours", "nginx"))
        hand_over(given, side_by_side(f"`GET /users/{{id}}` over HTTPS, {given.users:,} users", "nginx, TLS, `proxy_pass`", runs["ours"], runs["nginx"],
                                      "ratio ≤ 0.75", "ratio ≥ 1.3"))
        print(f"\nA whole TLS 1.3 handshake (P-256) with one request: {mine:.0f} µs CPU; nginx {peer:.0f} µs")
        print(f"An idle HTTPS connection: {idle_bytes(ours, given.idle) / 1024:.1f} KB; "
              f"nginx {idle_bytes(nginx, given.idle) / 1024:.1f} KB")


if __name__ == "__main__":
    main()
