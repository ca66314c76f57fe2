"""HTTPS clients for tests: Python's own, and one that decides itself what goes on the wire."""
import re
import socket
import ssl

import pytest

TIMEOUT = 30


def connect(server, context, name="localhost", **kw):
    return context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT), server_hostname=name, **kw)


def ask(stream, path="/health", headers=""):
    """One request on a connection that stays; (status, body)."""
    stream.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
    return reply_on(stream)


def reply_on(stream, most=65536):
    """(status, body) of one reply, read in pieces of `most` bytes."""
    data = bytearray()
    while not data.endswith(b"\r\n\r\n"):
        data += received(stream, 1)
    status, length = int(data.split()[1]), int(re.search(rb"(?i)\r\ncontent-length: (\d+)", data).group(1))
    body = bytearray()
    while len(body) < length:
        body += received(stream, min(most, length - len(body)))
    return status, bytes(body)


def received(stream, most=65536):
    data = stream.recv(most)
    assert data, "closed too early"
    return data


class Client:
    """A TLS client that decides itself what goes on the wire, and when."""

    def __init__(self, server, authority, **settings):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = authority.context(**settings).wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def hello(self):
        """The first flight, not sent."""
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self.outgoing.read()

    def work(self, step, *args):
        """One step of the TLS engine, with the wire's help."""
        while True:
            try:
                result = step(*args)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.socket.recv(65536)
                self.incoming.write(data) if data else self.incoming.write_eof()

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.socket.sendall(data)

    def shake_hands(self):
        self.work(self.tls.do_handshake)
        return self

    def recv(self, most=65536):
        """b"" at a proper end; an exception when the connection was cut."""
        try:
            return self.work(self.tls.read, most)
        except ssl.SSLZeroReturnError:
            return b""

    def sendall(self, data):
        self.tls.write(data)
        self.flush()
