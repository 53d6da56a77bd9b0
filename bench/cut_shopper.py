"""A shopper whose version 2 phone is cut off again and again, and who goes on all the same."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bench.line import Line, LineEnded
from bench.list_phone import ListPhone
from bench.phone import BYTES_PER_MS, paced
from bench.plans import Act, Plan
from bench.recording import Item, item_of
from bench.shopper import CHUNK_MS, PATIENCE_S, PAUSE_MS, language_of
from bench.story import Story
from bench.tones import tones

SETTLED_S: Final = 8.0
"""After a sentence that was cut nothing of it is heard any more: the session waits two seconds for
the phone, and then finishes what was said."""
_REQUEST_S: Final = 60.0
"""How long what a request changes is waited for, over all connections."""
_LOOK_S: Final = 0.02
_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 2.0
_SHORT_S: Final = (0.0, 0.5)
_LONG_S: Final = (2.5, 4.0)
_LONG_OFTEN: Final = 0.2
"""Of all cuts, those after which the phone is without a network for so long that it is parked."""


@dataclass(slots=True)
class Spoken:
    """A spoken sentence's products, and whether it and the pause behind it went over one line."""

    items: tuple[Item, ...]
    at: float
    whole: bool = False


class CutShopper:
    """One shopper with a phone.

    Attributes:
        number: from 0.
        phone: the phone.
        spoken: the sentences that were spoken.
        typed: what typed sentences asked for.
        by_hand: what edits asked for, each with its Unix seconds.
        undone: what was taken back, of both.
        took_s: seconds from each first attempt to come back until the session was told.
        closed_by_service: codes of the closes that were nobody's cut.
        without_ref: requests whose products came under no or another request's `ref`.
        trouble: what a request did not bring about, "" for nothing.
    """

    def __init__(self, number: int, port: int, seed: int) -> None:
        self.number = number
        self.language = language_of(number)
        self.phone = ListPhone(port, f"cut-{number:03}", language=self.language)
        self.spoken: list[Spoken] = []
        self.typed: list[Item] = []
        self.by_hand: list[tuple[float, Item]] = []
        self.undone: list[Item] = []
        self.took_s: list[float] = []
        self.closed_by_service: list[int | None] = []
        self.without_ref: list[str] = []
        self.trouble = ""
        self._undos: set[str] = set()
        self._plan = Plan(f"{seed} {number}")
        self._chance = random.Random(f"{seed} {number} network")  # noqa: S311 - no secret
        self._cut_short = False

    async def stay_connected(self) -> None:
        """Connect, and come back whenever the line has ended, until cancelled."""
        async with asyncio.TaskGroup() as group:
            line = await self._connected(group)
            while True:
                await line.ended.wait()
                if not line.cut:
                    self.closed_by_service.append(line.code)
                await asyncio.sleep(self._offline_s())
                began = time.monotonic()
                line = await self._connected(group)
                self.took_s.append(time.monotonic() - began)

    async def _connected(self, group: asyncio.TaskGroup) -> Line:
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                return await self.phone.connect(group)
            except LineEnded:
                await asyncio.sleep(self._chance.uniform(0.5, 1.5) * wait_s)
                wait_s = min(_LONGEST_WAIT_S, 2 * wait_s)

    def _offline_s(self) -> float:
        often = self._chance.random() < _LONG_OFTEN
        return self._chance.uniform(*(_LONG_S if often else _SHORT_S))

    async def shop(self, going_on: Callable[[], bool]) -> None:
        """Speak, type, edit and undo as long as `going_on` says so."""
        while going_on() and not self.trouble:
            ids = {item["name"]: item_id for item_id, item in self.phone.notebook.items.items()}
            act = self._plan.next(ids, may_undo=self._nothing_comes())
            match act.kind:
                case "speak":
                    await self._speak(act)
                case "type":
                    self.typed += act.items
                    await self._ask(act, "text", text=act.text)
                case "edit":
                    self.by_hand += [(time.time(), item) for item in act.items]
                    await self._ask(act, "edit", operations=act.operations)
                case "undo":
                    self.undone += act.items
                    self._undos.add(await self._ask(act, "undo"))

    async def _speak(self, act: Act) -> None:
        """Say a sentence and be silent; what was cut before is parted from it by silence."""
        line = await self.phone.online()
        quiet = bytes(PAUSE_MS * BYTES_PER_MS)
        pcm = (quiet if self._cut_short else b"") + tones(act.text) + quiet
        pcm += bytes(-len(pcm) % (CHUNK_MS * BYTES_PER_MS))
        spoken = Spoken(act.items, time.time())
        self.spoken.append(spoken)
        self._cut_short = True
        try:
            async for piece, _ in paced(pcm, chunk_ms=CHUNK_MS):
                await line.send(piece)
        except LineEnded:
            return
        finally:
            spoken.at = time.time()
        self._cut_short, spoken.whole = False, True

    async def _ask(self, act: Act, kind: str, **fields: object) -> str:
        """Ask for something and wait until it has been done."""
        ref = await self.phone.request(kind, **fields)
        deadline = time.monotonic() + _REQUEST_S
        while not self.phone.has_brought_about(ref):
            if act.kind == "type" and set(act.items) <= set(self._announced("model")):
                self.without_ref.append(ref)
                break
            if time.monotonic() > deadline:
                self.trouble = f"{act.kind} {ref} brought nothing about: {self.phone.errors()[-1:]}"
                break
            await asyncio.sleep(_LOOK_S)
        return ref

    async def wait_for_the_rest(self) -> None:
        """Return when nothing is expected any more."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._nothing_comes() and time.monotonic() < deadline:
            await asyncio.sleep(0.1)

    def _nothing_comes(self) -> bool:
        """Whether all that was spoken lately has been answered, or cannot be any more."""
        lately = [each for each in self.spoken if time.time() - each.at < SETTLED_S]
        announced = self._announced("model")
        return all(item in announced for spoken in lately for item in spoken.items)

    def _announced(self, by: str) -> list[Item]:
        """Return the products that the phone was told of, those that undos brought aside."""
        return [
            item_of(event["product"])
            for _, event in self.phone.notebook.events
            if event["type"] == "product_detected"
            and event["by"] == by
            and event.get("ref") not in self._undos
        ]

    def story(self, asked: Mapping[Item, float]) -> Story:
        """Return what was asked for and what came, for judging.

        Args:
            asked: what the emulator was asked for, and when.
        """
        return Story(
            asked=asked,
            by_hand=self.by_hand,
            undone=self.undone,
            announced=self._announced("model"),
            carried_out=self._announced("shopper"),
        )
