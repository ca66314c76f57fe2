"""A program under test, in one process or several: free ports, a data directory of its own, its settings, its end. Nothing is retried:
a program that dies or that a sanitizer complains about is a failure of the whole run."""
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import requests

import store
from balancer import Balancer

ROOT = Path(__file__).resolve().parents[2]
BINARY = str(Path(os.environ.get("BOOKADATE_BIN", ROOT / "build-asan" / "bookadate")).resolve())
OFFSETS = {"gateway": 0, "chat": 1, "matching": 2, "booking": 3, "venue": 4, "faceauth": 5, "user": 6}
# How the seven services are spread over processes: BOOKADATE_TEST_SPLIT. The gateway last: it is what tests talk to.
# "replicas" are two processes with all services each, behind HAProxy. It and "seven" need a store that processes share.
SIX = [service for service in OFFSETS if service != "gateway"]
SPLITS = {"": [[]], "two": [SIX, ["gateway"]], "seven": [*([service] for service in SIX), ["gateway"]], "replicas": [[], []]}
SPLIT = os.environ.get("BOOKADATE_TEST_SPLIT", "")
GATEWAY_ALONE = SPLIT in ("two", "seven")
START_SECONDS = 30
STOP_SECONDS = 30
REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|SUMMARY: \w+Sanitizer|runtime error:")

# What production asks for before it starts, where a test does not say otherwise.
PRODUCTION = {"token_secret": "only-for-tests-" + "0123456789abcdef" * 2, "data_key": "for-tests-too-" + "fedcba9876543210" * 2,
              "cors_origins": "https://app.example"}


class Crashed(Exception):
    """The program ended by itself, ended badly, or a sanitizer had something to say."""


def _is_free(port):
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as s:
            try:
                s.bind((address, port))
            except OSError:
                return False
    return True


def _ports():
    """Where this worker of pytest-xdist looks for ports: below the range that the system gives to clients."""
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    share = 12000 // int(workers)
    return range(20000 + int(worker[2:]) * share, 20000 + (int(worker[2:]) + 1) * share - len(OFFSETS))


_given = []
_giving = threading.Lock()


def free_port_base():
    """The first of seven free ports in a row. Not again soon: whoever was given it may not have bound it yet. Some start several
    programs at once, so one asks at a time: looking whether a port is free takes it for a moment."""
    with _giving:
        while True:
            base = random.choice(_ports())
            if all(abs(base - other) >= len(OFFSETS) for other in _given[-40:]) and \
                    all(_is_free(base + offset) for offset in OFFSETS.values()):
                _given.append(base)
                return base


def environment(**settings):
    """This environment with these settings as BOOKADATE_*, none from outside, and sanitizers that stop at the first
    mistake."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("BOOKADATE_")}
    for name, value in settings.items():
        env["BOOKADATE_" + name.upper()] = str(int(value)) if isinstance(value, bool) else str(value)
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    return env


class Process:
    """One `bookadate run` with its words on its ports; what it says goes to files of its folder."""

    def __init__(self, folder, name, words, settings, binary=BINARY):
        self.words = words
        self.port_base = settings["port_base"]
        self._out = folder / f"out.{name}.txt"
        with open(self._out, "w") as out, open(folder / f"err.{name}.txt", "w") as log:
            self.popen = subprocess.Popen([binary, "run", *words], stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                                          env=environment(**settings))

    def output_text(self):
        return self._out.read_text(errors="replace")


class Server:
    """A running program, in as many processes as SPLIT says. `url` is its gateway, or the balancer before its gateways;
    `settings` what it was started with beside ports and directory; `process` the last one that holds a gateway;
    `wire_port` a gateway's own, for tests of bytes that a balancer would not pass on. split: in place of SPLIT. balanced:
    whether "replicas" makes two of it; no, where what one process does by itself is asked."""

    def __init__(self, folder, services=(), split=SPLIT, balanced=True, binary=BINARY, **settings):
        folder.mkdir(parents=True, exist_ok=True)
        self.binary = binary
        self.services = list(services)
        if settings.get("profile") == "production":
            settings = {**PRODUCTION, **settings}
        self.own_database = bool(store.POSTGRES) and "database_url" not in settings
        if self.own_database:
            settings = {"database_url": store.fresh_database(), **settings}
        self.groups = [self.services] if self.services or split == "replicas" and not balanced else SPLITS[split]
        self.balanced = split == "replicas" and len(self.groups) > 1
        if self.balanced:
            settings = {"trusted_proxies": "127.0.0.1,::1", **settings}
        self.settings = settings
        self.port_base = int(settings.get("port_base") or free_port_base())
        self.data_dir = Path(settings.get("data_dir") or folder / "data")
        self.tls = bool(settings.get("tls_cert"))
        self.port = int(settings.get("tls_port") or self.port_base)
        self.url = f"{'https' if self.tls else 'http'}://localhost:{self.port}"
        self.processes = []
        self.killed = False
        self._folder = folder
        self._starts = 0
        self._bases = [free_port_base() for _ in self.groups] if self.balanced else [self.port_base] * len(self.groups)
        self.wire_port = self._bases[0] if self.balanced else self.port
        self._balancer = None
        if self.balanced:
            closed = settings.get("profile") == "production" and not settings.get("direct_ports")
            self._balancer = Balancer(folder, self.port_base, self._bases, 1 if closed else len(OFFSETS), self.tls)
        try:
            self.start()
        except BaseException:
            self.kill()
            if self._balancer:
                self._balancer.stop()
            raise

    # ── Running ──

    @property
    def process(self):
        return self.processes[-1].popen

    def start(self):
        self._starts += 1
        self.killed = False
        self.processes = [self._launch(i) for i in range(len(self.groups))]
        for process in self.processes:
            self._wait_for_health(process)
        if self.balanced:
            self._balancer.wait(len(self.processes))

    def _launch(self, i):
        words = self.groups[i]
        settings = {**self.settings, "port_base": self._bases[i], "data_dir": self.data_dir}
        return Process(self._folder, f"{self._starts}.{i}.{'-'.join(words) or 'all'}", words, settings, self.binary)

    def kill_one(self, i):
        self.processes[i].popen.kill()
        self.processes[i].popen.wait()

    def start_again(self, i):
        """Start the one that was killed, as a supervisor would; the others never stopped."""
        self._starts += 1
        self.processes[i] = self._launch(i)
        self._wait_for_health(self.processes[i])

    def _wait_for_health(self, process):
        first = process.words[0] if process.words and "gateway" not in process.words else "gateway"
        port = self.port if process.port_base == self.port_base else process.port_base
        url = f"{'https' if self.tls else 'http'}://localhost:{port}" if first == "gateway" else \
            f"http://localhost:{process.port_base + OFFSETS[first]}"
        url += "/health"
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if process.popen.poll() is not None:
                raise Crashed(f"bookadate did not start, exit code {process.popen.returncode}:\n{self.log_text()}")
            try:
                if requests.get(url, timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.02)
        self.kill()
        raise Crashed(f"{url} did not answer in {START_SECONDS} s:\n{self.log_text()}")

    def alive(self):
        return all(process.popen.poll() is None for process in self.processes)

    def signal(self, number):
        """To every process that is alive."""
        for process in self.processes:
            if process.popen.poll() is None:
                process.popen.send_signal(number)

    def wait(self, timeout):
        """The exit codes that are not 0, when all have ended."""
        return [code for code in [process.popen.wait(timeout) for process in self.processes] if code != 0]

    def stop(self):
        """SIGTERM, and the end that is asked of it: exit code 0 and not a word from a sanitizer."""
        self.signal(signal.SIGTERM)
        try:
            self.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Crashed(f"bookadate did not stop within {STOP_SECONDS} s of SIGTERM:\n{self.log_text()}") from None
        self.check()

    def remove(self):
        """Stop it for good."""
        try:
            self.stop()
        finally:
            if self._balancer:
                self._balancer.stop()
            if self.own_database:
                store.drop_database(self.settings["database_url"])

    def kill(self):
        """SIGKILL: what a power cut does."""
        self.killed = True
        for process in self.processes:
            process.popen.kill()
        for process in self.processes:
            process.popen.wait()

    def restart(self, **settings):
        """Stop (unless it is dead already) and start again on the same ports and data, with changed settings."""
        if not self.killed:
            self.stop()
        self.settings = {**self.settings, **settings}
        self.start()

    # ── Looking at it ──

    def log_text(self):
        """Standard error of every start so far: log lines as JSON, and what sanitizers say."""
        files = sorted(self._folder.glob("err.*.txt"), key=lambda path: [int(n) for n in path.name.split(".")[1:3]])
        return "".join(path.read_text(errors="replace") for path in files)

    def output_text(self):
        return "".join(process.output_text() for process in self.processes)

    def check(self):
        """Raise Crashed when it has ended badly or a sanitizer reported something."""
        text = self.log_text()
        report = REPORT.search(text)
        if report:
            raise Crashed("a sanitizer reports:\n" + text[max(0, text.rfind("\n", 0, report.start())):][:12000])
        for process in self.processes:
            code = process.popen.poll()
            if code not in (None, 0) and not self.killed:
                raise Crashed(f"bookadate {' '.join(process.words)} ended with exit code {code}:\n" + text[-4000:])


def run_command(*words, settings=None, **kw):
    """One `bookadate` command to its end; its CompletedProcess with texts."""
    kw.setdefault("timeout", 60)
    return subprocess.run([BINARY, *words], capture_output=True, text=True, env=environment(**(settings or {})), **kw)
