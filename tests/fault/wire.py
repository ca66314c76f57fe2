"""Clients that cost little, so that hundreds run at once beside the program: HTTP/1.1 and WebSocket over asyncio. Each call is
written into a history.History; nothing is retried."""
import asyncio
import base64
import json
import os
import struct

SECONDS = 60


class Gone(Exception):
    """The server ended the connection before it answered: what was asked may have been done or not."""


class Client:
    """One keep-alive connection of one person; calls one after the other."""

    def __init__(self, server, user=None, history=None):
        self.server, self.user, self.history = server, user, history
        self.reader = self.writer = self.last = None
        self.fields = {}  # of the latest reply

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.close()

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    async def call(self, method, path, body=None, headers=b""):
        """(status, JSON); Gone when there was no answer."""
        try:
            return await asyncio.wait_for(self._call(method, path, body, headers), SECONDS)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Gone(str(error)) from error

    async def _call(self, method, path, body, headers):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        token = b"Authorization: Bearer %s\r\n" % self.user.token.encode() if self.user else b""
        self.writer.write(b"%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n%s%s\r\n%s" % (
            method.encode(), path.encode(), len(data), token, headers, data))
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        fields = self.fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        text = await self.reader.readexactly(int(fields.get(b"content-length", b"0")))
        if fields.get(b"connection") == b"close":
            self.close()
        is_json = fields.get(b"content-type") == b"application/json"
        return status, json.loads(text) if text and is_json else None

    async def ask(self, op, key, value, method, path, body=None, headers=b""):
        """call(), kept in the history as `op` on `key` (self.last); (None, None) when there was no answer."""
        event = self.last = self.history.begin(self, op, key, value)
        try:
            status, reply = await self.call(method, path, body, headers)
        except Gone:
            return None, None
        self.history.end(event, status, reply)
        return status, reply


def form(name, data):
    """A multipart body with one file, and its Content-Type line."""
    mark = b"fault-" + os.urandom(8).hex().encode()
    body = b"--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"a\"\r\n\r\n%s\r\n--%s--\r\n" % (
        mark, name.encode(), data, mark)
    return body, b"Content-Type: multipart/form-data; boundary=%s\r\n" % mark


def frame(opcode, data, fin=True, masked=True, reserved=0, key=None):
    """A WebSocket frame as a client's, or as one that breaks the rules."""
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    bit = 0x80 if masked else 0
    n = len(data)
    head += bytes([bit | n]) if n < 126 else struct.pack("!BH", bit | 126, n) if n < 65536 else \
        struct.pack("!BQ", bit | 127, n)
    if not masked:
        return head + data
    key = key or os.urandom(4)
    return head + key + bytes(b ^ key[i % 4] for i, b in enumerate(data))


class Socket:
    """A WebSocket; frames are the server's: unmasked and whole."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, server, session, user, query=""):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        key = base64.b64encode(os.urandom(16))
        writer.write(b"GET /chat/ws/%s/%s%s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nAuthorization: Bearer %s\r\n\r\n" % (
                         session.encode(), user.id.encode(), query.encode(), key, user.token.encode()))
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Gone(str(error)) from error
        assert head.startswith(b"HTTP/1.1 101 "), head
        return cls(reader, writer)

    def send(self, value):
        self.writer.write(frame(1, json.dumps(value).encode()))

    async def receive(self):
        """The next text as JSON; Gone at the end."""
        try:
            while True:
                first, second = await self.reader.readexactly(2)
                n = second & 0x7f
                if n == 126:
                    n, = struct.unpack("!H", await self.reader.readexactly(2))
                elif n == 127:
                    n, = struct.unpack("!Q", await self.reader.readexactly(8))
                data = await self.reader.readexactly(n)
                if first & 15 == 8:
                    raise Gone(repr(data))
                if first & 15 == 9:
                    self.writer.write(frame(10, data))
                if first & 15 == 1:
                    return json.loads(data)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Gone(str(error)) from error

    def close(self):
        self.writer.close()
