#!/usr/bin/python3
"""A request through the gateway to a service in another process, beside nginx `proxy_pass` to the same service: what the
process in front costs. GET /users/{id}, the gateway checks route, token and limits before it passes it on; nginx nothing.

Prints medians over the rounds: requests/s, CPU µs a request of the process in front (user + system time), and the ratios."""
import os
import subprocess

import fixture
from figures import hand_over, side_by_side
from measure import in_turn, measure, options, row, workplace

SERVICES = ["user", "matching", "booking", "venue", "faceauth", "chat"]
USER_PORT = 6


def start_split(binary, work, started):
    """The gateway alone and the six services in a second process, one loop each."""
    base = fixture.free_ports(7)
    env = fixture.environment(work, port_base=base, loops=1, compute_threads=1)
    log = open(os.path.join(work, "split.log"), "w")
    processes = []
    for words, port in ((SERVICES, base + USER_PORT), (["gateway"], base)):
        processes.append(subprocess.Popen([binary, "run", *words], env=env, stdout=log, stderr=log))
        started.append(processes[-1])
        fixture.wait_for(f"http://127.0.0.1:{port}/health")
    return fixture.Server(f"http://127.0.0.1:{base}", [processes[1].pid]), base + USER_PORT


def start_nginx(work, port, started):
    """One nginx worker in front of the same service."""
    base = fixture.free_ports(1)
    url = f"http://127.0.0.1:{base}"
    return fixture.Server(url, fixture.run_nginx(work, started, "front", f"""
    upstream back {{ server 127.0.0.1:{port}; keepalive 256; keepalive_requests 1000000000; }}
    server {{ listen 127.0.0.1:{base};
        location / {{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Request-ID $request_id;
            proxy_pass http://back; }} }}""", url + "/health"))


def main():
    given = options(__doc__, users=10_000, rounds=5, seconds=4, connections=64)

    with workplace() as (work, started):
        people = fixture.make_users(given.binary, work, given.users)
        ours, port = start_split(given.binary, work, started)
        nginx = start_nginx(work, port, started)
        script = fixture.write_requests(work, people)
        runs = in_turn(given.rounds, ours=lambda: measure(ours.pids, ours.url, script, given.seconds, given.connections),
                       nginx=lambda: measure(nginx.pids, nginx.url, script, given.seconds, given.connections))
        print(f"\nGET /users/{{id}} through another process: {given.connections} connections, {given.rounds} rounds of "
              f"{given.seconds} s, one worker in front, the same service behind\n")
        print("| in front | requests/s | CPU µs/request | lowest–highest | p99 ms |\n|---|---|---|---|---|")
        mine = row("bookadate run gateway", runs["ours"])
        peer = row("nginx proxy_pass", runs["nginx"])
        print(f"| ratio | {mine[0] / peer[0]:.2f} | {mine[1] / peer[1]:.2f} (aim ≤ 1.0) | | |")
        hand_over(given, side_by_side("the same, the gateway in a process of its own", "nginx `proxy_pass`, one worker", runs["ours"], runs["nginx"],
                                      "ratio ≤ 1.0", ""))


if __name__ == "__main__":
    main()
