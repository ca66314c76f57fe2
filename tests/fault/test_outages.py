"""kill -9 of one part while the others go on, under load: PostgreSQL, the process of a service, a replica behind HAProxy. Each is
started again as a supervisor would, and nothing else is done by hand: every acknowledged write is there once, nothing is
half-done, and everything serves again."""
import asyncio
import time

import pytest

from fault import dice, rounds
from people import crowd
from test_kill import WRITERS, Load
from wire import Client, Gone, Socket

pytestmark = pytest.mark.once

STRIKES = 3
AWAY = (502, 503, 504)  # of the program, or of HAProxy: what was asked may have been done or not
PATIENCE = 30  # seconds until all serve again


class Patient(Client):
    """To whom "not now" is no answer: it is asked again a little later, on another connection."""

    async def ask(self, *args, **kw):
        if self.history.closed:
            return None, None
        event_count = len(self.history.events)
        status, reply = await super().ask(*args, **kw)
        if status is None or status in AWAY:
            event = self.history.events[event_count]
            event.end, event.status, event.reply = float("inf"), None, None
            await asyncio.sleep(0.05)
            return None, None
        return status, reply


class Outage(Load):
    """Writers that begin again after each failure, until they are told that it is over."""
    client = Patient

    def __init__(self, *args):
        super().__init__(*args)
        self.history.closed = False
        self.kinds = {"slot": (self.make_slots, WRITERS), "review": (self.review, WRITERS), "say": (self.talk, WRITERS),
                      "signup": (self.sign_up, 2), "photo": (self.show, 2)}

    async def opened(self, user):
        try:
            return await Socket.open(self.server, self.session, user)
        except AssertionError as refused:  # 502, 503 in place of the socket
            raise Gone(str(refused)) from refused

    async def write(self, kind, i):
        while not self.history.closed:
            try:
                await kind(i)
            except (Gone, OSError):
                await asyncio.sleep(0.05)

    def next(self):
        """The number of the next write; none when it is over."""
        if self.history.closed:
            raise Gone("over")
        return next(self.numbers)

    def served_since(self, moment):
        """The kinds of writes that were acknowledged for a call begun after it."""
        return {e.op for e in self.history.events if e.start > moment and e.status in (200, 201)} & set(self.kinds)

    async def through(self, strikes, strike, mend, draw):
        """All write; now and then something dies and comes back. Ends when every kind of write is served again."""
        in_thread = asyncio.get_running_loop().run_in_executor
        tasks = [asyncio.create_task(self.write(kind, i)) for kind, n in self.kinds.values() for i in range(n)]
        for _ in range(strikes):
            await asyncio.sleep(draw.uniform(0.3, 1.5))
            await in_thread(None, strike)
            await asyncio.sleep(draw.uniform(0, 0.7))
            await in_thread(None, mend)
        mended = time.monotonic()
        while self.served_since(mended) != set(self.kinds):
            assert time.monotonic() < mended + PATIENCE, f"served again: {self.served_since(mended)}"
            assert not any(task.done() for task in tasks), [task.exception() for task in tasks if task.done()]
            await asyncio.sleep(0.05)
        self.history.closed = True
        await asyncio.wait_for(asyncio.gather(*tasks), 2 * PATIENCE)
        self.history.over()


def suffer(server, name, strike, mend):
    """A run of it, with what is wrong afterwards."""
    for n in rounds(1, 0.1):
        draw = dice(name, n)
        load = Outage(server, asyncio.run(crowd(server, 2 + WRITERS)))
        asyncio.run(load.prepare())
        asyncio.run(load.through(STRIKES, lambda: strike(draw), mend, draw))
        wrong = asyncio.run(load.faults())
        assert wrong == [], "\n".join(wrong[:20])
        told = sum(e.status is not None for e in load.history.events)
        lost = len(load.history.events) - told
        print(f"{told} answers, {lost} calls without one")
        assert told > 10 * STRIKES and lost


def database(postgres):
    return postgres.url(postgres.new_database())


@pytest.mark.parametrize("split", ["", "seven", "replicas"])
def test_postgresql_dies(make_server, own_postgres, split):
    server = make_server(split=split, database_url=database(own_postgres))
    suffer(server, f"PostgreSQL under {split}", lambda _: own_postgres.kill(), own_postgres.revive)
    assert server.alive()


@pytest.mark.parametrize("split", ["seven", "replicas"])
def test_one_process_dies(make_server, own_postgres, split):
    """Whichever has work: a service, the gateway; one replica or the other."""
    server = make_server(split=split, database_url=database(own_postgres))
    busy = [i for i, group in enumerate(server.groups) if not group or {*group} & {"chat", "venue", "user", "gateway"}]
    dead = []

    def strike(draw):
        dead.append(draw.choice([i for i in busy if i not in dead[-1:]]))
        server.kill_one(dead[-1])

    suffer(server, f"a process of {split}", strike, lambda: server.start_again(dead[-1]))
    assert server.alive()
