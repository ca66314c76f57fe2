"""WebSocket frames that break RFC 6455, sent to a chat socket of the whole program: each gets its close code and the socket's end,
the other person's socket stays, and the next one is served. The engine's own cases are in tests/unit/test_ws.c."""
import asyncio
import contextlib
import json
import struct

import pytest

from fault import dice, rounds
from helpers import new_user, utc
from people import good
from test_hostile import resident_kib
from wire import Client, Gone, Socket, frame

HELLO = json.dumps({"content": "hello"}).encode()
BAD_UTF8 = b'{"content":"\xff"}'


def closing(code, reason=b""):
    return struct.pack("!H", code) + reason


# What is sent, and the codes that may come back.
BROKEN = {
    "unmasked": (frame(1, HELLO, masked=False), {1002}),
    **{f"reserved bit {bit}": (frame(1, HELLO, reserved=bit), {1002}) for bit in (1, 2, 4, 7)},
    **{f"opcode {op}": (frame(op, HELLO), {1002}) for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "ping of 126 bytes": (frame(9, b"x" * 126), {1002}),
    "pong of 126 bytes": (frame(10, b"x" * 126), {1002}),
    "close of 126 bytes": (frame(8, closing(1000, b"x" * 124)), {1002}),
    "ping in fragments": (frame(9, b"x", fin=False), {1002}),
    "close in fragments": (frame(8, closing(1000), fin=False), {1002}),
    "continuation of nothing": (frame(0, HELLO), {1002}),
    "text inside a text": (frame(1, b'{"con', fin=False) + frame(1, HELLO), {1002}),
    "bad UTF-8": (frame(1, BAD_UTF8), {1007}),
    "bad UTF-8 in fragments": (frame(1, BAD_UTF8[:13], fin=False) + frame(0, BAD_UTF8[13:]), {1007}),
    "half a letter at the end": (frame(1, b'{"content":"\xe2\x82'), {1007}),
    "a surrogate": (frame(1, b'{"content":"\xed\xa0\x80"}'), {1007}),
    "64 KiB and more": (frame(1, b" " * 65537), {1009}),
    "64 KiB and more in fragments": (b"".join(frame(0 if i else 1, b" " * 9000, fin=False) for i in range(8)), {1009}),
    "4 GiB announced": (b"\x81\xff" + struct.pack("!Q", 1 << 32) + b"\0\0\0\0", {1009}),
    "a length below zero": (b"\x81\xff" + struct.pack("!Q", 1 << 63) + b"\0\0\0\0", {1002, 1009}),
    "a long way to say 5": (b"\x81\xfe\0\5\0\0\0\0hello", {1002}),
    "a longer way to say 5": (b"\x81\xff" + struct.pack("!Q", 5) + b"\0\0\0\0hello", {1002}),
    "close of one byte": (frame(8, b"x"), {1002}),
    "close, reason no text": (frame(8, closing(1000, b"\xff\xfe")), {1002, 1007}),
    **{f"close {code}": (frame(8, closing(code)), {1002}) for code in (0, 1, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535)},
}


@pytest.fixture(scope="module")
def couple(server):
    """(alice, bob, session): within its window."""
    alice, bob = new_user(server), new_user(server)

    async def open_session():
        async with Client(server, alice) as client:
            return (await good(client.call("POST", "/chat/match", {
                "user1_id": alice.id, "user2_id": bob.id, "meeting_time": utc()[2], "duration_minutes": 120})))["session_id"]

    return alice, bob, asyncio.run(open_session())


async def end_of(socket):
    """The code of the Close frame that ends it, "closed" where none comes; texts before it are let pass."""
    try:
        while True:
            first, second = await asyncio.wait_for(socket.reader.readexactly(2), 30)
            n = second & 0x7f
            if n == 126:
                n, = struct.unpack("!H", await socket.reader.readexactly(2))
            data = await socket.reader.readexactly(n)
            if first & 15 == 8:
                code = struct.unpack("!H", data[:2])[0] if data else None
                with contextlib.suppress(RuntimeError):  # where the test has closed its side
                    socket.writer.write(frame(8, data[:2]))
                assert await asyncio.wait_for(socket.reader.read(1), 30) == b"", "something came behind the close"
                return code
    except (asyncio.IncompleteReadError, ConnectionError):
        return "closed"


async def heard(server, couple, act):
    """Alice misbehaves by act(socket); Bob, who listened all the while, still hears her next socket."""
    alice, bob, session = couple
    listener = await Socket.open(server, session, bob)
    hers = await Socket.open(server, session, alice)
    result = await act(hers)
    hers.close()
    again = await Socket.open(server, session, alice)
    again.send({"content": "still here"})
    while (await asyncio.wait_for(listener.receive(), 30))["data"]["content"] != "still here":
        pass
    again.close()
    listener.close()
    return result


@pytest.mark.parametrize("name", BROKEN)
def test_broken_frames_get_their_code(server, couple, name):
    data, codes = BROKEN[name]

    async def act(socket):
        socket.writer.write(data + frame(1, HELLO))
        return await end_of(socket)

    assert asyncio.run(heard(server, couple, act)) in codes


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 3000, 4999])
def test_allowed_codes_are_echoed(server, couple, code):
    async def act(socket):
        socket.writer.write(frame(8, closing(code, "tschüß".encode())) + frame(1, HELLO))
        return await end_of(socket)

    assert asyncio.run(heard(server, couple, act)) == code


def test_cut_at_every_byte(server, couple):
    """A message in two fragments with a ping between them, cut off anywhere: nothing of it is kept."""
    whole = frame(1, b'{"content":"never', fin=False) + frame(9, b"are you there") + frame(0, b' said"}')

    async def act(_):
        alice, _, session = couple
        for length in range(len(whole)):
            socket = await Socket.open(server, session, alice)
            socket.writer.write(whole[:length])
            socket.writer.write_eof()
            await end_of(socket)
            socket.close()
        async with Client(server, alice) as client:
            return [m["content"] for m in await good(client.call("GET", f"/chat/sessions/{session}/messages"))]

    assert "never said" not in asyncio.run(heard(server, couple, act))


def test_a_byte_at_a_time(server, couple):
    alice, bob, session = couple

    async def drip():
        listener, hers = await Socket.open(server, session, bob), await Socket.open(server, session, alice)
        for byte in frame(1, b'{"content":"dr', fin=False) + frame(0, b'ip"}'):
            hers.writer.write(bytes([byte]))
            await hers.writer.drain()
            await asyncio.sleep(0)
        told = await asyncio.wait_for(listener.receive(), 30)
        hers.close()
        listener.close()
        return told["data"]["content"]

    assert asyncio.run(drip()) == "drip"


def test_noise(server, couple):
    """Random bytes, and frames with one byte changed: an end in order or an answer, never more."""
    async def act(_):
        alice, _, session = couple
        for n in rounds(30, 0.02):
            draw = dice("noise", n)
            spoiled = bytearray(frame(1, HELLO) * 3)
            spoiled[draw.randrange(len(spoiled))] = draw.randrange(256)
            socket = await Socket.open(server, session, alice)
            socket.writer.write(bytes(spoiled) if n % 2 else draw.randbytes(200))
            socket.writer.write_eof()
            assert await end_of(socket) in {None, "closed", 1000, 1002, 1003, 1007, 1009}
            socket.close()

    asyncio.run(heard(server, couple, act))


def test_pings_whose_pongs_nobody_takes(server, couple):
    """Memory stays bounded: the socket is slowed down or dropped."""
    async def act(socket):
        before = resident_kib(server)
        flood = frame(9, b"x" * 125) * 2000
        try:
            for _ in range(40):
                socket.writer.write(flood)
                await asyncio.wait_for(socket.writer.drain(), 1)
        except (TimeoutError, asyncio.TimeoutError, ConnectionError):
            pass
        assert resident_kib(server) < before + 40000
        socket.writer.transport.abort()

    asyncio.run(heard(server, couple, act))


def test_handshakes_that_are_none(server, couple):
    """Every header of the handshake left out or spoiled: an HTTP error, or (a bad token) the reason in a frame and 1008."""
    alice, _, session = couple
    lines = {b"Connection": b"Upgrade", b"Upgrade": b"websocket", b"Sec-WebSocket-Version": b"13", b"Sec-WebSocket-Key": b"A" * 22 + b"==",
             b"Authorization": b"Bearer " + alice.token.encode()}

    async def status(changed):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = b"GET /chat/ws/%s/%s HTTP/1.1\r\nHost: localhost\r\n" % (session.encode(), alice.id.encode())
        writer.write(head + b"".join(b"%s: %s\r\n" % item for item in changed.items() if item[1] is not None) + b"\r\n")
        answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).split(b" ")[1]
        if answer == b"101":
            answer = await end_of(Socket(reader, writer))
        writer.close()
        return answer

    async def all_of_them():
        for name in lines:
            for value in (None, b"", b"x", b"\xff\xff", b"a" * 3000):
                if name == b"Authorization":
                    assert await status({**lines, name: value}) == 1008, (name, value)
                else:
                    assert (await status({**lines, name: value})) in (b"400", b"404", b"405", b"426"), (name, value)

    asyncio.run(all_of_them())


def test_gone_is_told(server, couple):
    """The harness itself: a socket that the server ends is Gone, not an answer."""
    async def ended():
        alice, _, session = couple
        socket = await Socket.open(server, session, alice)
        socket.writer.write(frame(8, closing(1000)))
        with pytest.raises(Gone):
            await asyncio.wait_for(socket.receive(), 30)
        socket.close()

    asyncio.run(ended())
