"""What a worker process of the ears runs: one recogniser per language, kept between segments."""

from __future__ import annotations

import os
import signal
import threading
from functools import cache
from multiprocessing import parent_process

from emulator.recogniser import Recogniser


def start() -> None:
    """Make the process die with the emulator, and only with it.

    Ctrl-C reaches the whole process group: the emulator decides what it ends. An emulator that is
    killed decides nothing, and a worker would wait for its next segment for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, name="ears-parent-watch", daemon=True).start()


def warm_up(languages: tuple[str, ...]) -> None:
    """Load these languages, so that no sentence has to wait for it."""
    for language in languages:
        _recogniser(language)


def hear(pcm: bytes, language: str) -> str:
    """Return the shopping sentence in a segment of PCM16 at 16 kHz, "" when there is none."""
    return _recogniser(language).hear(pcm)


@cache
def _recogniser(language: str) -> Recogniser:
    """Keep decoders for the life of the process: there are two languages."""
    return Recogniser(language)


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
