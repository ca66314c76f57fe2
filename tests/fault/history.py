"""What concurrent clients asked and were told, and whether one order of events can explain it. Clients record here; the rules at
the bottom say what is wrong, in sentences; an empty list is a good history. Talks to no server.

Most rules are a model of one thing (a slot, a match, a shelf of photos) and a search for an order of the calls in which the model
gives every caller the answer that it got, and no call is put before one that had been answered when it was asked (Herlihy and Wing
1990, searched as by Wing and Gong 1993). A call without an answer may have happened at any time after it was asked, or never."""
import itertools
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

NEVER = float("inf")


@dataclass
class Event:
    """One call: who asked what of which thing, from when to when, and the answer (status None: there was none)."""
    client: Any
    op: str
    key: Any
    value: Any
    start: float
    end: float = NEVER
    status: int | None = None
    reply: Any = None


class History:
    """The record of one run; one thread's."""

    def __init__(self):
        self.events = []

    def begin(self, client, op, key, value):
        self.events.append(Event(client, op, key, value, time.monotonic()))
        return self.events[-1]

    def end(self, event, status, reply):
        event.end, event.status, event.reply = time.monotonic(), status, reply

    def also(self, event, op, key):
        """What this event tells of another thing too."""
        self.events.append(replace(event, op=op, key=key))

    def over(self):
        """Nothing that is still unanswered can happen from now on."""
        for event in self.events:
            event.end = min(event.end, time.monotonic())

    def of(self, *ops):
        return [e for e in self.events if e.op in ops]


def by_key(events):
    groups = {}
    for event in events:
        groups.setdefault(event.key, []).append(event)
    return groups


# ── The search ──


def linearizable(events, state, step, alike=id):
    """None when some order explains all answers, else the longest beginning of one that does. step(state, event): the state
    afterwards, or None where the model would not have answered so; of an event without an answer, what it would do. States are
    hashable and small. alike(event): those for which it says the same do the same, and the first to be answered is tried."""
    todo = sorted(events, key=lambda e: e.start)
    best = ()
    seen = set()
    stack = [(state, frozenset(range(len(todo))), ())]
    while stack:
        state, left, done = stack.pop()
        state, left, done = _settle(todo, state, left, done, step)
        if all(todo[i].status is None for i in left):
            return None
        if len(done) > len(best):
            best = done
        if (state, left) in seen:
            continue
        seen.add((state, left))
        for i in {alike(todo[i]): i for i in sorted(_next(todo, left), key=lambda i: -todo[i].end)}.values():
            after = step(state, todo[i])
            if after is not None:
                stack.append((after, left - {i}, done + (i,)))
    return [todo[i] for i in best]


def _next(todo, left):
    """Those that may come first: asked before any of the others had been answered."""
    horizon = min(todo[i].end for i in left)
    return [i for i in left if todo[i].start <= horizon]


def _looks(event):
    return event.status is not None and (event.op == "look" or event.status >= 400)


def _settle(todo, state, left, done, step):
    """Calls that only looked (and refused ones) need no choice: they come where their answer is right first."""
    settled = True
    while settled and left:
        quiet = [i for i in _next(todo, left) if _looks(todo[i]) and step(state, todo[i]) == state]
        settled = bool(quiet)
        left, done = left.difference(quiet), done + tuple(quiet)
    return state, left, done


def unexplained(what, events, state, step, alike=id):
    """linearizable() as sentences."""
    order = linearizable(events, state, step, alike)
    if order is None:
        return []
    left = [e for e in events if e not in order and e.status is not None]
    tail = ", ".join(f"{e.op} {e.value} → {e.status}" for e in order[-5:])
    rest = ", ".join(f"{e.op} {e.value} → {e.status}" for e in left[:5])
    return [f"{what}: no order explains the answers; after {len(order)} of {len(events)} (… {tail}) comes none of: {rest}"]


# ── Models ──


def slot(holder, event):
    """Who has a slot ("": nobody). value: who asks. `take`: 200, or 409 while another has it; `look`: 200, or 409 while
    another has it; `free`: 200, whether it was theirs or not."""
    mine = holder in ("", event.value)
    if event.op == "free":
        return "" if mine else holder
    if event.status == 409 or (event.status is None and not mine):
        return None if mine else holder
    if event.op == "look":
        return holder if mine else None
    return event.value if mine else None


def approvals(state, event):
    """(one, two, status) of a match: `decide` with value (side, yes); the reply says the state afterwards, 409 that it was
    decided. `look`: the reply shows the state."""
    one, two, status = state
    said = event.reply or {}
    told = (said.get("user_1_approved"), said.get("user_2_approved"), said.get("status"))
    if event.op == "look":
        return state if told == state else None
    side, yes = event.value
    if status == "rejected" or (status == "matched" and not yes):
        return state if event.status in (409, None) else None
    if not yes:
        after = (one, two, "rejected")
    else:
        one, two = (True, two) if side == 0 else (one, True)
        after = (one, two, "matched" if one and two else "pending")
    if event.status is None:
        return after
    good = told == after if yes else said.get("status") == "rejected"
    return after if event.status == 200 and good else None


def shelf(room):
    """How many of `room` places are taken: `put` (201, or 409 when full), `drop` (200, or 404 and nothing)."""
    def step(count, event):
        if event.op == "put":
            if event.status == 409:
                return count if count == room else None
            return count + 1 if count < room else None
        if event.status == 404:
            return count
        return count - 1 if count > 0 else None
    return step


def same_kind(event):
    """alike() of a shelf, where one photo is as good as another."""
    return event.op, event.status


# ── Rules ──


def once_each(what, events):
    """Of all that wanted a thing (key), one got it: one success, every other refused by 403 or 409."""
    wrong = []
    for key, group in by_key(events).items():
        won = [e for e in group if e.status in (200, 201)]
        odd = {e.status for e in group} - {200, 201, 403, 409, None}
        if len(won) != 1 and not (len(won) == 0 and any(e.status is None for e in group)):
            wrong.append(f"{what} {key}: {len(won)} got it of {len(group)}")
        if odd:
            wrong.append(f"{what} {key}: answered {sorted(odd)}")
    return wrong


def one_live_match(events):
    """Nobody is in two live matches. `find` and `decide` events whose reply is a match; a match surely lives from the first
    reply that shows it alive until the first call that could end it was begun."""
    shown, ended, people = {}, {}, {}
    for e in events:
        match = e.reply if isinstance(e.reply, dict) else {}
        if e.status == 200 and match.get("status") in ("pending", "matched"):
            shown[match["id"]] = min(shown.get(match["id"], NEVER), e.end)
            people[match["id"]] = {match["user_1_id"], match["user_2_id"]}
        if e.op == "decide" and not e.value[1]:
            ended[e.key] = min(ended.get(e.key, NEVER), e.start)
    lives = [(begin, ended.get(i, NEVER), i) for i, begin in shown.items() if begin < ended.get(i, NEVER)]
    wrong = []
    for person in set(itertools.chain.from_iterable(people.values())):
        mine = sorted(life for life in lives if person in people[life[2]])
        wrong += [f"{person} was in match {a[2]} and {b[2]} at once" for a, b in zip(mine, mine[1:]) if b[0] < a[1]]
    return wrong


def last_word(what, events, final):
    """What stands of each key (final: key → value, absent: nothing) was written by a call that no later one followed: one
    answered before another began cannot be the last. Refused calls wrote nothing."""
    wrong = []
    for key, group in by_key(events).items():
        wrote = [e for e in group if e.status is None or e.status < 300]
        sure = [e for e in wrote if e.status is not None]
        last = [e for e in wrote if not any(other.start > e.end for other in sure)]
        may = {e.value for e in last}
        if key not in final and not sure:
            continue
        if final.get(key) not in may:
            wrong.append(f"{what} {key}: {final.get(key)!r} stands, one of {sorted(map(repr, may))} was the last word")
    return wrong


def chat(events, replay, relayed=()):
    """Messages: `say` events (value: the text, key: the session; answered 200 with the ack's {"id"}), the replay of the session
    afterwards ({"id", "content"} in order) and what each other socket was told meanwhile, in its order. Each acknowledged one
    stands exactly once with its text and id, in an order that no two of them contradict; none stands twice; what was relayed
    stands, in that order, once."""
    wrong = []
    ids = [m["id"] for m in replay]
    texts = [m["content"] for m in replay]
    if len(set(ids)) < len(ids):
        wrong.append("two messages have one id")
    for text, n in Counter(texts).items():
        wrong += [f"{text!r} stands {n} times"] if n > 1 else []
    said = {e.value: e for e in events}
    wrong += [f"{text!r} was never said" for text in texts if text not in said]
    place = {text: i for i, text in enumerate(texts)}
    acked = sorted((e for e in events if e.status == 200), key=lambda e: e.end)
    for e in acked:
        if e.value not in place:
            wrong.append(f"{e.value!r} was acknowledged and is gone")
        elif ids[place[e.value]] != e.reply["id"]:
            wrong.append(f"{e.value!r} was acknowledged as {e.reply['id']} and is {ids[place[e.value]]}")
    wrong += _in_time([e for e in acked if e.value in place], place)
    for n, seen in enumerate(relayed):
        wrong += _relayed(n, seen, place)
    return wrong


def _in_time(acked, place):
    """One that was acknowledged before another was begun stands before it."""
    wrong = []
    furthest = None
    waiting = list(acked)  # by end
    for e in sorted(acked, key=lambda e: e.start):
        while waiting and waiting[0].end < e.start:
            before = waiting.pop(0)
            if furthest is None or place[before.value] > place[furthest.value]:
                furthest = before
        if furthest is not None and place[furthest.value] > place[e.value]:
            wrong.append(f"{furthest.value!r} was acknowledged before {e.value!r} was said and stands behind it")
    return wrong


def _relayed(n, seen, place):
    unknown = [text for text in seen if text not in place]
    order = [place[text] for text in seen if text in place]
    wrong = [f"socket {n} was told {text!r}, which does not stand" for text in unknown]
    if len(set(order)) < len(order):
        wrong.append(f"socket {n} was told something twice")
    elif order != sorted(order):
        wrong.append(f"socket {n} was told in another order than stands")
    return wrong


def kept(what, events, standing):
    """Every acknowledged write (key) is there afterwards, with its value where standing tells one."""
    return [f"{what} {e.key}: acknowledged and gone" for e in events
            if e.status in (200, 201) and e.key not in standing]
