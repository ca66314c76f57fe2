"""kill -9 under load, at many random moments: after a start on the same files every acknowledged write and chat message is there,
once, and nothing had to be repaired by hand. The program is one process; the machine stays up (a power cut is not tried here)."""
import asyncio
import itertools

import pytest

import store
from fault import dice, rounds
from helpers import png, unique, utc
from history import History, chat, kept, last_word
from people import WAYS, crowd, good, new_venue
from program import Process
from wire import Client, Gone, Socket, form

KILLS = 10
WRITERS = 6  # of each kind


class Load:
    """Everybody who writes while the program is killed, and what they were told."""
    client = Client

    def __init__(self, server, people):
        self.server, self.people = server, people
        self.history = History()
        self.numbers = itertools.count(1)
        self.venue = self.session = None

    async def prepare(self):
        alice, bob = self.people[:2]
        async with Client(self.server, alice) as client:
            self.venue = (await new_venue(client))["id"]
            self.session = (await good(client.call("POST", "/chat/match", {
                "user1_id": alice.id, "user2_id": bob.id, "meeting_time": utc()[2], "duration_minutes": 480})))["session_id"]

    def next(self):
        return next(self.numbers)

    # ── Writers: each until the server is gone ──

    async def make_slots(self, i):
        async with self.client(self.server, self.people[0], self.history) as client:
            while True:
                n = self.next()
                date, clock, _ = utc(days=10, minutes=n)
                status, _ = await client.ask("slot", (date, clock), n, "POST", "/venues/timeslots/", {
                    "venue_id": self.venue, "date": date, "time": clock})
                if status is None:
                    return

    async def review(self, i):
        """Over and over, another mark and another text."""
        user = self.people[2 + i]
        async with self.client(self.server, user, self.history) as client:
            while True:
                n = self.next()
                value = (1 + n % 5, f"word {n}")
                status, _ = await client.ask("review", user.number, value, "POST", "/venues/reviews/", {
                    "venue_id": self.venue, "user_id": user.number, "rating": value[0], "comment": value[1]})
                if status is None:
                    return

    async def talk(self, i):
        user = self.people[i % 2]
        socket = await self.opened(user)
        try:
            while True:
                text = f"message {self.next()}"
                event = self.history.begin(i, "say", self.session, text)
                socket.send({"content": text, "client_id": text})
                while (frame := await socket.receive()).get("type") != "ack":
                    if "error" in frame:
                        raise Gone(frame["error"])
                self.history.end(event, 200, frame["data"])
        finally:
            socket.close()

    async def opened(self, user):
        return await Socket.open(self.server, self.session, user)

    async def sign_up(self, i):
        async with self.client(self.server, None, self.history) as client:
            while True:
                email = unique("killed") + "@example.com"
                status, _ = await client.ask("signup", email, i, "POST", "/auth/signup", {**WAYS, "email": email})
                if status is None:
                    return

    async def show(self, i):
        """Photos up and down again."""
        user = self.people[2 + i]
        body, line = form("file", png(40, 40))
        async with self.client(self.server, user, self.history) as client:
            while True:
                status, reply = await client.ask("photo", (i, self.next()), user, "POST", f"/users/{user.id}/photos", body, line)
                if status is None:
                    return
                if status == 201 and len(reply["photo_url"]) % 3:
                    name = reply["photo_url"].rsplit("/", 1)[1]
                    if (await client.ask("unphoto", name, user, "DELETE", f"/users/{user.id}/photos/{name}"))[0] is None:
                        return

    async def until_killed(self, seconds):
        """All of them at once, and SIGKILL after so long."""
        kinds = ((self.make_slots, WRITERS), (self.review, WRITERS), (self.talk, WRITERS), (self.sign_up, 2), (self.show, 2))

        async def write(kind, i):
            try:
                await kind(i)
            except (Gone, OSError):
                pass

        tasks = [asyncio.create_task(write(kind, i)) for kind, n in kinds for i in range(n)]
        await asyncio.sleep(seconds)
        await asyncio.get_running_loop().run_in_executor(None, self.server.kill)
        await asyncio.wait_for(asyncio.gather(*tasks), 60)
        self.history.over()

    # ── What stands afterwards ──

    async def faults(self):
        async with Client(self.server, self.people[0]) as client:
            slots = await self.all_of(client, f"/venues/{self.venue}/timeslots?available_only=false")
            reviews = await self.all_of(client, f"/venues/{self.venue}/reviews")
            said = await self.all_of(client, f"/chat/sessions/{self.session}/messages")
            venue = await good(client.call("GET", f"/venues/{self.venue}"))
        h = self.history
        wrong = kept("slot", h.of("slot"), {(s["date"], s["time"]) for s in slots})
        if len({(s["date"], s["time"]) for s in slots}) < len(slots):
            wrong.append("a slot stands twice")
        wrong += last_word("review", h.of("review"), {r["user_id"]: (r["rating"], r["comment"]) for r in reviews})
        if reviews and abs(venue["rating"] - sum(r["rating"] for r in reviews) / len(reviews)) > 1e-9:
            wrong.append(f"rated {venue['rating']}, which the reviews are not")
        wrong += chat(h.of("say"), said)
        wrong += await self.photo_faults()
        emails = {email for email, in store.query(self.server, "SELECT email FROM users")}
        return wrong + kept("account", h.of("signup"), emails)

    async def all_of(self, client, path):
        """A list with its pages: the store says how many there are."""
        items, more = [], path
        while more:
            status, page = await client.call("GET", more)
            assert status == 200, page
            items += page
            link = client.fields.get(b"link")
            more = link[link.index(b"<") + 1:link.index(b">")].decode() if link else None
        return items

    async def photo_faults(self):
        wrong = []
        gone = {e.key for e in self.history.of("unphoto") if e.status == 200}
        maybe = {e.key for e in self.history.of("unphoto") if e.status is None}
        for user in {e.value.number: e.value for e in self.history.of("photo")}.values():
            async with Client(self.server, user) as client:
                left = {url.rsplit("/", 1)[1] for url in await good(client.call("GET", f"/users/{user.id}/photos"))}
                got = {e.reply["photo_url"].rsplit("/", 1)[1] for e in self.history.of("photo")
                       if e.status == 201 and e.value is user}
                wrong += [f"photo {name} was acknowledged and is gone" for name in got - left - gone - maybe]
                wrong += [f"photo {name} was deleted and stands" for name in left & gone]
                for name in left:
                    if (await client.call("GET", f"/uploads/{name}"))[0] != 200:
                        wrong.append(f"photo {name} is listed and has no file")
        return wrong


def test_nothing_acknowledged_is_lost(make_server):
    server = make_server()
    load = Load(server, asyncio.run(crowd(server, 2 + WRITERS)))
    asyncio.run(load.prepare())
    told = 0
    for n in rounds(KILLS, 0.4):
        draw = dice("kill", n)
        asyncio.run(load.until_killed(draw.uniform(0.02, 0.6)))
        server.restart()
        wrong = asyncio.run(load.faults())
        assert wrong == [], "\n".join(wrong[:20])
        if not store.POSTGRES:
            assert store.query(server, "PRAGMA integrity_check") == [("ok",)]
            assert store.query(server, "PRAGMA foreign_key_check") == []
        told = sum(e.status is not None for e in load.history.events)
    lost = [e for e in load.history.events if e.status is None]
    print(f"{told} answers, {len(lost)} calls without one")
    assert told > 5 * KILLS and lost  # there was load, and the kills came in its middle


@pytest.mark.sqlite
def test_killed_while_it_starts(make_server):
    """A start that is cut short at any moment leaves a store that the next one opens."""
    server = make_server()
    people = asyncio.run(crowd(server, 1))
    for n in rounds(4, 0.02):
        draw = dice("kill at start", n)
        server.kill()
        half = Process(server.data_dir.parent, f"{1000 + n}.0.all", [], {
            **server.settings, "port_base": server.port_base, "data_dir": server.data_dir}).popen
        asyncio.run(asyncio.sleep(draw.uniform(0, 0.4)))
        half.kill()
        half.wait()
        server.restart()
        assert people[0].get(f"/users/{people[0].id}").status_code == 200
        assert store.query(server, "PRAGMA integrity_check") == [("ok",)]
