"""How code is loaded in a process that serves already: without pauses, then and later."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Load something in here: no garbage is looked for meanwhile, nor ever in what is there then.

    What imports leave behind is all but free of garbage (under 0.5 MB), and looking for it takes a
    fifth of their time, 60 ms of that at one go. Modules stay until the process ends, so looking
    through them again and again would be for nothing. What belongs to sessions that are open at
    the end of it still goes by its reference counts.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
