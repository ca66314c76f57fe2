"""Certificates for tests, made with the openssl command: an authority of one's own, and what it issues."""
import ssl
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

CONFIG = """
[ca]
default_ca = here
[here]
database = index.txt
serial = serial.txt
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""
KINDS = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["-newkey", "rsa:2048"],
         "weak": ["-newkey", "rsa:1024"]}


class Pair:
    """A certificate and its key, as files; `settings` names them to the program."""

    def __init__(self, certificate, key):
        self.certificate, self.key = Path(certificate), Path(key)
        self.settings = {"tls_cert": certificate, "tls_key": key}

    @property
    def files(self):
        return self.certificate, self.key

    def put(self, other):
        """Another pair's contents into these files."""
        self.key.write_bytes(other.key.read_bytes())
        self.certificate.write_bytes(other.certificate.read_bytes())

    def der(self):
        return ssl.PEM_cert_to_DER_cert(self.certificate.read_text())


class Authority:
    """Issues certificates for localhost. `path` is what clients trust."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.path = self.folder / "authority.pem"
        self.count = 0
        (self.folder / "index.txt").touch()
        (self.folder / "ca.cnf").write_text(CONFIG)
        self._openssl("req", "-x509", *KINDS["ec"], "-nodes", "-keyout", "authority.key", "-out", self.path, "-days", "3650",
                      "-subj", "/CN=Tests")

    def _openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], cwd=self.folder, check=True, capture_output=True)

    def issue(self, kind="ec", begins=timedelta(days=-1), ends=timedelta(days=365), passphrase=None):
        """A Pair in files of its own, counting from now + begins to now + ends."""
        self.count += 1
        name, now = f"pair-{self.count}", datetime.now(timezone.utc)
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        protect = ["-passout", "pass:" + passphrase] if passphrase else ["-nodes"]
        self._openssl("req", "-new", *KINDS[kind], *protect, "-keyout", key, "-out", request, "-subj", "/CN=localhost",
                      "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1")
        self._openssl("ca", "-config", "ca.cnf", "-batch", "-notext", "-create_serial", "-cert", self.path, "-keyfile",
                      "authority.key", "-in", request, "-out", certificate, "-startdate", (now + begins).strftime("%Y%m%d%H%M%SZ"),
                      "-enddate", (now + ends).strftime("%Y%m%d%H%M%SZ"))
        return Pair(certificate, key)

    def context(self, **settings):
        """A client's ssl.SSLContext that trusts this authority; settings become its attributes."""
        context = ssl.create_default_context(cafile=str(self.path))
        for name, value in settings.items():
            setattr(context, name, value)
        return context
