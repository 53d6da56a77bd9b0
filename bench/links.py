"""Which of the emulator's connections is the link of which shopper, told by its language tag."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, Final

from bench.processes import EmulatorProcess

_LOOK_AGAIN_S: Final = 0.05
_LANGUAGE = re.compile(r"[a-z]{2}-[A-Z]{2}-phone[0-9]+")


class Links:
    """Follows the connections of an emulator as they come.

    It asks for one record at a time, since the list of all grows long.

    Attributes:
        opened: links that were seen so far.
    """

    def __init__(self, emulator: EmulatorProcess) -> None:
        self._emulator = emulator
        self._newest: dict[str, str] = {}
        self._without_setup: list[str] = []
        self._next = 1
        self.opened = 0

    async def follow(self) -> None:
        """Look for new connections until cancelled."""
        while True:
            for connection in [*self._without_setup]:
                await self._look_at(connection)
            while await self._look_at(f"c{self._next}"):
                self._next += 1
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def newer(self, language: str, last: str | None) -> str:
        """Return the id of a shopper's newest link, once that is another one than `last`."""
        while (newest := self._newest.get(language)) in (None, last):
            await asyncio.sleep(_LOOK_AGAIN_S)
        assert newest is not None  # noqa: S101 - the loop's condition
        return newest

    async def _look_at(self, connection: str) -> bool:
        """Note whose a connection is; return whether it exists."""
        record = await asyncio.to_thread(self._emulator.connection, connection)
        if record is None:
            return False
        language = language_in(record)
        if connection in self._without_setup:
            self._without_setup.remove(connection)
        if language is not None:
            self.opened += 1
            self._newest[language] = connection
        elif record["state"] == "open":
            self._without_setup.append(connection)
        return True


def language_in(record: dict[str, Any]) -> str | None:
    """Return the language tag in a connection's setup, `None` if it has none yet."""
    found = _LANGUAGE.search(json.dumps(record["setup"]))
    return None if found is None else found[0]
