"""Hears shopping sentences in stretches of speech, in worker processes so that no loop waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Protocol

from emulator import ears_worker, sphinx
from emulator.lexicon import LANGUAGES, lexicon_for
from emulator.recogniser import Hypothesis
from emulator.rejection import RULES, Stretch, weigh

SHORTEST_BYTES = 16_000 * 2 // 5
"""A fifth of a second: no sentence is shorter, and the decoder refuses an empty one."""


class Ears(Protocol):
    """Whatever turns a stretch of speech into the words of a shopping sentence."""

    async def hear(self, pcm: bytes, language: str) -> str:
        """Return the sentence heard, or "" when it was none or was not understood.

        Args:
            pcm: one stretch of speech, PCM16 little-endian mono at 16 kHz.
            language: a BCP 47 code; one that the ears do not know is heard as English.
        """
        ...

    async def close(self) -> None:
        """Let go of every process; nothing is heard afterwards."""
        ...


class NoEars:
    """Hears nothing, at no cost: for load, and where the recogniser is not installed."""

    async def hear(self, pcm: bytes, language: str) -> str:
        """Return "", whatever was said."""
        del pcm, language
        return ""

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def pocketsphinx_ears(*, workers: int) -> Ears:
    """Start ears that decode with PocketSphinx in up to `workers` processes.

    All languages are loaded at once in each worker, about a second of work in the background.

    Raises:
        ModuleNotFoundError: PocketSphinx is not installed; the message says how to get it.
    """
    if not sphinx.installed():
        raise ModuleNotFoundError(
            "the ears need PocketSphinx: pip install 'gemini-live-gateway[emulator]'",
            name="pocketsphinx",
        )

    def start_pool() -> ProcessPoolExecutor:
        # Forking a process that has threads is unsafe, and its sockets would stay open in it.
        pool = ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=ears_worker.start
        )
        for _ in range(workers):
            pool.submit(ears_worker.warm_up, LANGUAGES)
        return pool

    return WorkerEars(start_pool, ears_worker.nearest_sentence, ears_worker.free_phones)


class WorkerEars:
    """Decodes in a pool of processes, and replaces the pool once when a process of it dies.

    Segments wait for a free process in the order they came; one turn of one connection holds one
    segment, so the queue is bounded by the number of connections.
    """

    def __init__(
        self,
        start_pool: Callable[[], ProcessPoolExecutor],
        nearest_sentence: Callable[[bytes, str], Hypothesis],
        free_phones: Callable[[bytes, str], tuple[Stretch, ...]],
    ) -> None:
        """Start the first pool.

        Args:
            start_pool: makes a pool of processes, now and after one was lost.
            nearest_sentence: the pass over the grammar of a language ("pl" or "en").
            free_phones: the pass over phones alone.
        """
        self._start_pool = start_pool
        self._nearest_sentence = nearest_sentence
        self._free_phones = free_phones
        self._pool = start_pool()

    async def hear(self, pcm: bytes, language: str) -> str:
        """Decode a segment; once more if the process that had it died.

        Raises:
            BrokenProcessPool: the segment's process died both times.
        """
        if len(pcm) < SHORTEST_BYTES:
            return ""
        known = lexicon_for(language).language
        pool = self._pool
        try:
            return await self._decode(pool, pcm, known)
        except BrokenProcessPool:
            # All segments of a lost pool fail together: the first to notice replaces it.
            if self._pool is pool:
                self._pool = self._start_pool()
            return await self._decode(self._pool, pcm, known)

    async def close(self) -> None:
        """End the processes, dropping segments that none has begun."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    async def _decode(self, pool: ProcessPoolExecutor, pcm: bytes, language: str) -> str:
        """Make both passes, at once where two processes are free, and weigh them up."""
        sentence = pool.submit(self._nearest_sentence, pcm, language)
        phones = pool.submit(self._free_phones, pcm, language)
        hypothesis = await asyncio.wrap_future(sentence)
        loop = await asyncio.wrap_future(phones)
        evidence = weigh(hypothesis.words, loop)
        believed = evidence is not None and RULES[language].accepts(evidence)
        return hypothesis.text if believed else ""
