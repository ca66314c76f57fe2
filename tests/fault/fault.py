"""How long the fault tests run and what they draw by: FAULT_MINUTES and FAULT_SEED. Starts nothing."""
import os
import random
import time

MINUTES = float(os.environ.get("FAULT_MINUTES", "0"))
SEED = int(os.environ.get("FAULT_SEED", random.randrange(1 << 32)))


def rounds(least, share):
    """0, 1, 2 …: `least` of them, and more for as long as this share of FAULT_MINUTES lasts."""
    until = time.monotonic() + MINUTES * 60 * share
    n = 0
    while n < least or time.monotonic() < until:
        yield n
        n += 1


def dice(name, n=0):
    """Draws that FAULT_SEED repeats. What the machine does in between is not drawn: a seed narrows a failure down."""
    print(f"FAULT_SEED={SEED} ({name}, round {n})")
    return random.Random(f"{SEED}/{name}/{n}")
