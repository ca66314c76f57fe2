"""What the tests of venues, slots, reviews and bookings share: reading lists, errors and the store itself."""


import store
from helpers import check

NOT_YOURS = "Only the venue's owner or an admin may do this"


def fields_of(reply):
    return [e["field"] for e in check(reply, 422)["errors"]]


def follow(client, path):
    """All pages of a list, and how many there were."""
    items, pages = [], 0
    while path:
        reply = client.get(path)
        items += check(reply, 200)
        pages += 1
        path = reply.links["next"]["url"] if "next" in reply.links else None
    return items, pages


def stored(server, sql, *args):
    """What a query of the store says, behind the program's back."""
    return store.query(server, sql, *args)


def audit(server):
    """{(user_number, action, target)} of what admins did."""
    return set(stored(server, "SELECT actor_number, action, target FROM audit"))
