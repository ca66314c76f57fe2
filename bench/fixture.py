"""What the benchmarks share: a store full of people, our server, and nginx as its peer. Loopback only."""
import base64
import hashlib
import hmac
import json
import os
import random
import shutil
import socket
import sqlite3
import ssl
import subprocess
import time
import urllib.request
import uuid

SECRET = "bench-" + "s" * 40
TOKENS = 2000


class Server:
    """A started server: its url and its processes."""

    def __init__(self, url, pids):
        self.url = url
        self.pids = pids
        self.pid = pids[0]


def free_ports(n):
    """The first of n free ports in a row."""
    while True:
        base = random.randrange(20000, 50000)
        try:
            for port in range(base, base + n):
                with socket.socket() as s:
                    s.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue


def environment(work, **settings):
    env = {k: v for k, v in os.environ.items() if not k.startswith("BOOKADATE_")}
    env.update(BOOKADATE_DATA_DIR=os.path.join(work, "data"), BOOKADATE_TOKEN_SECRET=SECRET,
               BOOKADATE_ACCESS_LOG="0")
    env.update({"BOOKADATE_" + k.upper(): str(v) for k, v in settings.items()})
    return env


def uuid_of(number):
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return f"{number:08d}-{digest[:4]}-8{digest[4:7]}-a{digest[7:10]}-{digest[10:22]}"


def kept(name, work):
    """Where something is that is filled once for all benchmarks of a call of report.py; else in this one's own folder."""
    return os.path.join(os.environ.get("BENCH_KEEP", work), name)


def make_users(binary, work, n):
    """Fill a fresh store with n accounts (nobody can log in: tokens are signed here). Returns some (uuid, token)."""
    path, filled = os.path.join(work, "data", "bookadate.db"), kept(f"users-{n}.db", work)
    subprocess.run([binary, "migrate"], env=environment(work), check=True, stdout=subprocess.DEVNULL)
    if os.path.exists(filled):
        shutil.copyfile(filled, path)
    else:
        insert_users(path, n)
        if "BENCH_KEEP" in os.environ:
            shutil.copyfile(path, filled)
    chosen = random.Random(1).sample(range(1, n + 1), min(TOKENS, n))
    return [(uuid_of(i), token_of(i)) for i in chosen]


def insert_users(path, n):
    with sqlite3.connect(path) as db:
        db.executemany(
            "INSERT INTO users(number, id, name, email, phone, gender, dob, bio, role, password_hash, created_at, updated_at) "
            "VALUES(?, ?, ?, ?, '+1234567890', 'female', 8000, 'Coffee lover and book enthusiast', 'user', 'x', 0, 0)",
            ((i, uuid_of(i), f"Alice {i}", f"alice{i}@example.com") for i in range(1, n + 1)))
        db.executemany("INSERT INTO user_numbers(number, owner) VALUES(?, ?)", ((i, i) for i in range(1, n + 1)))
    db.close()


def make_sessions(work, n):
    """n open chat sessions, of people 1 and 2, 3 and 4, …: the file that chat_load reads."""
    now = int(time.time() * 1e6)
    path = os.path.join(work, "sockets")
    with sqlite3.connect(os.path.join(work, "data", "bookadate.db")) as db, open(path, "w") as f:
        for i in range(1, 2 * n, 2):
            session = str(uuid.uuid5(uuid.NAMESPACE_OID, str(i)))
            db.execute("INSERT INTO chat_sessions(session_id, person_1, person_2, person_low, person_high, user1_id, user2_id, "
                       "meeting_time, duration_minutes, start_time, end_time, created_at) VALUES(?, ?, ?, ?, ?, ?, ?, ?, 480, ?, ?, ?)",
                       (session, i, i + 1, i, i + 1, uuid_of(i), uuid_of(i + 1), now, now - 10**9, now + 8 * 3600 * 10**6, now))
            f.writelines(f"/chat/ws/{session}/{uuid_of(person)} {token_of(person)}\n" for person in (i, i + 1))
    db.close()
    return path


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token_of(number):
    now = int(time.time())
    claims = {"sub": uuid_of(number), "uno": number, "email": f"alice{number}@example.com", "role": "user",
              "iat": now, "exp": now + 7200, "jti": "00000000-0000-4000-8000-%012d" % number}
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(json.dumps(claims, separators=(",", ":")).encode())
    return text + "." + b64(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())


def write_requests(work, people):
    """A wrk script that asks for these people's own profiles in turn."""
    return write_gets(work, [(f"/users/{uuid}", token) for uuid, token in people])


def write_gets(work, requests):
    """A wrk script that asks for these (path, token) in turn."""
    path = os.path.join(work, "requests.lua")
    with open(path, "w") as f:
        f.write("local requests = {\n")
        f.writelines(f'{{"{path}", "Bearer {token}"}},\n' for path, token in requests)
        f.write("}\nlocal at = 0\nlocal formatted = {}\n"
                "function init()\n for i, p in ipairs(requests) do formatted[i] = wrk.format('GET', p[1], "
                "{['Authorization'] = p[2]}) end\nend\n"
                "function request()\n at = at % #formatted + 1\n return formatted[at]\nend\n")
    return path


def wait_for(url, seconds=10):
    until = time.monotonic() + seconds
    context = ssl._create_unverified_context()
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=1, context=context):
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"{url} does not answer")


def start_bookadate(binary, work, started, tls=None, **settings):
    """tls: paths of a certificate and its key, for HTTPS."""
    base = free_ports(7)
    if tls:
        settings.update(tls_cert=tls[0], tls_key=tls[1])
    log = open(os.path.join(work, "bookadate.log"), "w")
    process = subprocess.Popen([binary, "run"], env=environment(work, port_base=base, **settings), stdout=log, stderr=log)
    started.append(process)
    url = f"{'https' if tls else 'http'}://127.0.0.1:{base}"
    wait_for(url + "/health")
    return Server(url, [process.pid])


def run_nginx(work, started, name, servers, url):
    """One nginx with one worker and these `upstream` and `server` blocks; `url` answers once it is there."""
    path = os.path.join(work, name + ".conf")
    with open(path, "w") as f:
        f.write(f"""
worker_processes 1; daemon off; pid {work}/{name}.pid; error_log {work}/{name}.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000;
    client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f;
    uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
{servers}
}}
""")
    process = subprocess.Popen(["nginx", "-p", work, "-c", path], stderr=subprocess.DEVNULL)
    started.append(process)
    wait_for(url)
    workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True)
    return [int(p) for p in workers.stdout.split()]


def start_nginx(work, started, tls=None):
    """One nginx with one worker: a server that proxies, with TLS where a certificate is given, and the `return 200` behind
    it."""
    base = free_ports(2)
    body = json.dumps({"id": uuid_of(1), "name": "Alice 1", "email": "alice1@example.com", "phone": "+1234567890",
                       "gender": "female", "dob": "1991-11-27", "bio": "Coffee lover and book enthusiast",
                       "profile_photo": None, "verified": False, "kyc_level": "basic"})
    url = f"{'https' if tls else 'http'}://127.0.0.1:{base}"
    return Server(url, run_nginx(work, started, "nginx", f"""
    upstream back {{ server 127.0.0.1:{base + 1}; keepalive 64; keepalive_requests 1000000000; }}
    server {{ listen 127.0.0.1:{base} {f"ssl; ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]}" if tls else ""};
        location / {{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://back; }} }}
    server {{ listen 127.0.0.1:{base + 1};
        location / {{ default_type application/json; return 200 '{body}'; }} }}""", url + "/"))
