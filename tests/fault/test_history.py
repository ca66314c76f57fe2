"""The checker of histories itself: good ones pass, and each kind of made-up wrong one is found."""
import pytest

from history import (Event, History, approvals, by_key, chat, kept, last_word, linearizable, once_each, one_live_match, same_kind,
                     shelf, slot, unexplained)

NEVER = float("inf")


def event(op, value, start, end, status=200, reply=None, key="it"):
    return Event("somebody", op, key, value, start, NEVER if status is None else end, status, reply)


def take(who, start, end, status=200):
    return event("take", who, start, end, status)


def free(who, start, end, status=200):
    return event("free", who, start, end, status)


def test_a_history_keeps_what_was_asked_and_told():
    h = History()
    first = h.begin("alice", "take", "slot 1", "alice")
    h.begin("bob", "take", "slot 2", "bob")
    h.end(first, 200, {"id": 7})
    assert [(e.client, e.key, e.status) for e in h.of("take")] == [("alice", "slot 1", 200), ("bob", "slot 2", None)]
    assert first.start <= first.end < h.events[1].end == NEVER and set(by_key(h.events)) == {"slot 1", "slot 2"}


GOOD_SLOTS = {
    "one of two": [take("a", 0, 2), take("b", 1, 3, 409)],
    "the later one won": [take("a", 0, 9, 409), take("b", 1, 2)],
    "one after the other": [take("a", 0, 1), free("a", 2, 3), take("b", 4, 5)],
    "taken while it is given up": [take("a", 0, 1), free("a", 2, 6), take("b", 3, 4), take("c", 5, 7, 409)],
    "given up without an answer": [take("a", 0, 1), free("a", 2, None, None), take("b", 4, 5)],
    "not given up after all": [take("a", 0, 1), free("a", 2, None, None), take("b", 4, 5, 409)],
    "taken without an answer": [take("a", 0, None, None), take("b", 4, 5, 409)],
    "taken much later without an answer": [take("a", 0, None, None), take("b", 1, 2), free("b", 3, 4), take("c", 5, 6, 409)],
    "looked at": [event("look", "b", 0, 1), take("a", 2, 3), event("look", "b", 4, 5, 409), event("look", "a", 4, 5)],
    "hundreds at once": [take(str(i), 0, 9 + i, 200 if i == 77 else 409) for i in range(300)],
    "hundreds in turns": [e for i in range(300) for e in
                          (take(f"a{i}", 4 * i, 4 * i + 2), take(f"b{i}", 4 * i, 4 * i + 3, 409), free(f"a{i}", 4 * i + 2, 4 * i + 3.5))],
}
WRONG_SLOTS = {
    "two winners": [take("a", 0, 2), take("b", 1, 3)],
    "two winners, one after the other": [take("a", 0, 1), take("b", 5, 6)],
    "refused though nobody had it": [take("a", 0, 1, 409)],
    "refused before anybody asked": [take("a", 0, 1, 409), take("b", 2, 3)],
    "refused after it was given up": [take("a", 0, 1), free("a", 2, 3), take("b", 4, 5, 409)],
    "given up by another": [take("a", 0, 1), free("b", 2, 3), take("c", 4, 5)],
    "free before the holder gave it up": [take("a", 0, 1), take("b", 2, 3), free("a", 4, 5)],
    "seen free while held": [take("a", 0, 1), event("look", "b", 2, 3)],
    "seen held while free": [take("a", 0, 1), free("a", 2, 3), event("look", "b", 4, 5, 409)],
    "two winners among hundreds": [take(str(i), 0, 9 + i, 200 if i in (70, 90) else 409) for i in range(300)],
}


@pytest.mark.parametrize("name", GOOD_SLOTS)
def test_good_slots(name):
    assert unexplained("slot", GOOD_SLOTS[name], "", slot) == []


@pytest.mark.parametrize("name", WRONG_SLOTS)
def test_wrong_slots(name):
    wrong, = unexplained("slot", WRONG_SLOTS[name], "", slot)
    assert wrong.startswith("slot: no order explains the answers")


def decide(side, yes, start, end, status, one=None, two=None, became=None):
    return event("decide", (side, yes), start, end, status,
                 {"user_1_approved": one, "user_2_approved": two, "status": became})


def sees(start, end, one, two, became):
    return event("look", None, start, end, 200, {"user_1_approved": one, "user_2_approved": two, "status": became})


NEW = (False, False, "pending")
GOOD_MATCHES = {
    "both, in turn": [decide(0, True, 0, 1, 200, True, False, "pending"), decide(1, True, 2, 3, 200, True, True, "matched")],
    "both at once": [decide(0, True, 0, 5, 200, True, True, "matched"), decide(1, True, 1, 4, 200, False, True, "pending")],
    "twice": [decide(0, True, 0, 1, 200, True, False, "pending"), decide(0, True, 2, 3, 200, True, False, "pending")],
    "seen meanwhile": [sees(0, 9, True, False, "pending"), decide(0, True, 1, 2, 200, True, False, "pending"),
                       decide(1, True, 3, 4, 200, True, True, "matched"), sees(5, 6, True, True, "matched")],
    "rejected": [decide(0, False, 0, 1, 200, False, False, "rejected"), decide(1, True, 2, 3, 409)],
    "rejected by one whose answer was lost": [decide(0, False, 0, None, None), decide(1, True, 2, 3, 409)],
}
WRONG_MATCHES = {
    "an approval is lost": [decide(0, True, 0, 1, 200, True, False, "pending"), decide(1, True, 2, 3, 200, False, True, "pending")],
    "both think they are first": [decide(0, True, 0, 5, 200, True, False, "pending"), decide(1, True, 1, 4, 200, False, True, "pending")],
    "approved after a rejection": [decide(0, False, 0, 1, 200, False, False, "rejected"), decide(1, True, 2, 3, 200, False, True, "pending")],
    "seen without": [decide(0, True, 0, 1, 200, True, False, "pending"), sees(2, 3, False, False, "pending")],
    "seen too early": [sees(0, 1, True, False, "pending"), decide(0, True, 2, 3, 200, True, False, "pending")],
    "matched by one": [decide(0, True, 0, 1, 200, True, True, "matched")],
    "refused for nothing": [decide(0, True, 0, 1, 409)],
    "rejected when matched": [decide(0, True, 0, 1, 200, True, False, "pending"), decide(1, True, 2, 3, 200, True, True, "matched"),
                              decide(0, False, 4, 5, 200, True, True, "rejected")],
}


@pytest.mark.parametrize("name", GOOD_MATCHES)
def test_good_matches(name):
    assert linearizable(GOOD_MATCHES[name], NEW, approvals) is None


@pytest.mark.parametrize("name", WRONG_MATCHES)
def test_wrong_matches(name):
    assert unexplained("match", WRONG_MATCHES[name], NEW, approvals)


def put(n, start, end, status=201):
    return event("put", n, start, end, status)


@pytest.mark.parametrize("events,good", [
    ([put(1, 0, 9), put(2, 0, 9), put(3, 0, 9, 409)], True),
    ([put(1, 0, 9), put(2, 0, 9), put(3, 0, 9)], False),
    ([put(1, 0, 1), put(2, 2, 3, 409)], False),
    ([put(1, 0, 1), put(2, 2, 3), event("drop", 1, 4, 5), put(3, 6, 7), put(4, 8, 9, 409)], True),
    ([put(1, 0, 1), put(2, 2, 3), event("drop", 1, 4, 5), event("drop", 1, 4, 5, 404), put(3, 6, 7), put(4, 8, 9)], False),
    ([put(1, 0, None, None), put(2, 2, 3), put(3, 4, 5, 409)], True),
])
def test_a_shelf_of_two(events, good):
    assert (linearizable(events, 0, shelf(2)) is None) == good
    assert (linearizable(events, 0, shelf(2), same_kind) is None) == good


def test_a_large_shelf_is_checked_quickly():
    """Alike calls are not tried in every order: 40 puts and 28 drops at once, of which one too many succeeded."""
    events = [put(n, n / 100, 90 + n) for n in range(40)] + [event("drop", n, n / 100, 90 + n) for n in range(28)]
    assert unexplained("shelf", events, 0, shelf(12), same_kind) == []
    assert unexplained("shelf", events + [put(40, 200, 201)], 0, shelf(12), same_kind)


@pytest.mark.parametrize("statuses,good", [
    ([201, 409, 409], True), ([403, 200], True), ([201, 201], False), ([409, 409], False), ([409, None], True),
    ([201, 500], False), ([200, 201, 409], False)])
def test_once_each(statuses, good):
    assert (once_each("number", [event("claim", i, 0, 9, s, key=7) for i, s in enumerate(statuses)]) == []) == good


def shown(match, one, two, start, end, status="pending"):
    return event("find", one, start, end, 200, {"id": match, "user_1_id": one, "user_2_id": two, "status": status})


def rejects(match, who, start, end):
    return event("decide", (who, False), start, end, 200, {"id": match, "status": "rejected"}, key=match)


@pytest.mark.parametrize("events,good", [
    ([shown(1, 10, 20, 0, 1), shown(2, 30, 40, 0, 1)], True),
    ([shown(1, 10, 20, 0, 1), shown(1, 20, 10, 5, 6)], True),
    ([shown(1, 10, 20, 0, 1), rejects(1, 0, 2, 3), shown(2, 10, 30, 4, 5)], True),
    ([shown(1, 10, 20, 0, 1), rejects(1, 0, 2, 9), shown(2, 10, 30, 4, 5)], True),
    ([shown(1, 10, 20, 0, 1), shown(2, 10, 30, 4, 5)], False),
    ([shown(1, 10, 20, 0, 1), shown(2, 30, 20, 4, 5), rejects(1, 0, 6, 7)], False),
])
def test_one_live_match(events, good):
    assert (one_live_match(events) == []) == good


def write(value, start, end, status=200):
    return event("write", value, start, end, status)


@pytest.mark.parametrize("events,final,good", [
    ([write(1, 0, 1), write(2, 2, 3)], 2, True),
    ([write(1, 0, 1), write(2, 2, 3)], 1, False),
    ([write(1, 0, 5), write(2, 2, 3)], 1, True),
    ([write(1, 0, 1), write(2, 2, None, None)], 1, True),
    ([write(1, 0, 1), write(2, 2, None, None)], 2, True),
    ([write(1, 0, 1), write(2, 2, 3, 422)], 1, True),
    ([write(1, 0, 1)], None, False),
    ([write(1, 0, 1)], 9, False),
])
def test_last_word(events, final, good):
    assert (last_word("review", events, {} if final is None else {"it": final}) == []) == good


def say(text, start, end, id=None):
    return event("say", text, start, end, None if id is None else 200, {"id": id})


def stands(*texts):
    return [{"id": i, "content": text} for i, text in enumerate(texts, 1)]


GOOD_CHATS = {
    "in turn": ([say("a", 0, 1, 1), say("b", 2, 3, 2)], stands("a", "b"), [["a", "b"]]),
    "at once": ([say("a", 0, 5, 2), say("b", 2, 6, 1)], stands("b", "a"), [["b", "a"], ["a"]]),
    "not acknowledged and lost": ([say("a", 0, 1, 1), say("b", 2, 3)], stands("a"), []),
    "not acknowledged and kept": ([say("a", 0, 1, 1), say("b", 2, 3)], stands("a", "b"), [["a", "b"]]),
}
WRONG_CHATS = {
    "gone": ([say("a", 0, 1, 1), say("b", 2, 3, 2)], stands("a"), []),
    "twice": ([say("a", 0, 1, 1)], stands("a", "a"), []),
    "nobody's": ([say("a", 0, 1, 1)], stands("a", "b"), []),
    "another id": ([say("a", 0, 1, 2)], stands("a"), []),
    "the wrong way round": ([say("a", 0, 1, 2), say("b", 2, 3, 1)], stands("b", "a"), []),
    "the wrong way round, far apart": ([say("a", 0, 1, 3), say("b", 0, 9, 2), say("c", 2, 3, 1)], stands("c", "b", "a"), []),
    "one id for two": ([say("a", 0, 9, 1), say("b", 0, 9, 1)], [{"id": 1, "content": "a"}, {"id": 1, "content": "b"}], []),
    "relayed and not kept": ([say("a", 0, 1, 1), say("b", 2, 3)], stands("a"), [["a", "b"]]),
    "relayed twice": ([say("a", 0, 1, 1)], stands("a"), [["a", "a"]]),
    "relayed in another order": ([say("a", 0, 5, 1), say("b", 0, 5, 2)], stands("a", "b"), [["b", "a"]]),
}


@pytest.mark.parametrize("name", GOOD_CHATS)
def test_good_chats(name):
    assert chat(*GOOD_CHATS[name]) == []


@pytest.mark.parametrize("name", WRONG_CHATS)
def test_wrong_chats(name):
    assert chat(*WRONG_CHATS[name]) != []


def test_kept():
    wrote = [event("make", 1, 0, 1, 201, key="a"), event("make", 1, 0, 1, 409, key="b"), event("make", 1, 0, 1, None, key="c")]
    assert kept("slot", wrote, {"a", "c"}) == []
    assert kept("slot", wrote, {"b"}) == ["slot a: acknowledged and gone"]
