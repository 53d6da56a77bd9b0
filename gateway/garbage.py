"""When CPython's garbage collector runs: full collections are three times rarer than by default.

Everything stops meanwhile, and a full collection takes longer the more sessions there are: 42 ms
with 300 that have spoken twelve sentences each, whose objects are 93,000, the modules' aside. A
function call and the sound of its sentence leave 13 objects (log, events, the call's answer) and no
reference cycle: after 3,600 of them a full collection freed nothing. What it is for comes of
connections that end.

The generations, by how many objects have come less those that went, until they are collected:

========== ======= ============= ======
generation default pause at that here
========== ======= ============= ======
0              700       0.45 ms    700
1            7,700       5 ms     4,200
2           84,700      42 ms   214,200
========== ======= ============= ======

At a product every 3 s from each of 300 sessions, a full collection comes every three minutes while
their logs grow, instead of every minute. Fewer would let cycles take more than 20 MB meanwhile. A
larger generation 0 was tried: 10,000 objects take 7 ms at a time, and as much in all.
"""

from __future__ import annotations

import gc
from typing import Final

THRESHOLDS: Final = (700, 5, 50)
"""As `gc.set_threshold` takes them."""


def collect_rarely() -> None:
    """Set the thresholds of this process."""
    gc.set_threshold(*THRESHOLDS)
