"""What a worker process of the ears runs: decoders that it keeps between segments."""

from __future__ import annotations

import os
import signal
import threading
from functools import cache
from multiprocessing import parent_process

from emulator.recogniser import GrammarPass, Hypothesis, PhonePass
from emulator.rejection import Stretch


def start() -> None:
    """Make the process die with the emulator, and only with it.

    Ctrl-C reaches the whole process group: the emulator decides what it ends. An emulator that is
    killed decides nothing, and a worker would wait for its next segment for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, name="ears-parent-watch", daemon=True).start()


def warm_up(languages: tuple[str, ...]) -> None:
    """Load these languages, so that no sentence has to wait for it."""
    _phone_pass()
    for language in languages:
        _grammar_pass(language)


def nearest_sentence(pcm: bytes, language: str) -> Hypothesis:
    """Return the shopping sentence nearest to a segment of PCM16 at 16 kHz."""
    return _grammar_pass(language).decode(pcm)


def free_phones(pcm: bytes, language: str) -> tuple[Stretch, ...]:
    """Return the phones of a segment, whatever they may mean."""
    return _phone_pass().decode(pcm, language)


@cache
def _grammar_pass(language: str) -> GrammarPass:
    """Keep decoders for the life of the process: there are two languages."""
    return GrammarPass(language)


@cache
def _phone_pass() -> PhonePass:
    return PhonePass()


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
