"""A shopper whose phone goes to another instance whenever its connection is lost."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.chaos.wishes import Wishes, said
from bench.line import Line, LineEnded
from bench.list_phone import ListPhone
from bench.phone import BYTES_PER_MS, paced
from bench.plans import Act
from bench.recording import Item, item_of
from bench.shopper import CHUNK_MS, PAUSE_MS, language_of
from bench.tones import tones

NOTICES_S: Final = 5.0
"""How soon a phone notices that an instance is silent, at most."""
SAID_AGAIN_AFTER_S: Final = 10.0
"""A shopper who was listened to for so long, and does not see the product, says it again: nothing
of the first time is on its way any more. Nobody acknowledges speech, so what a gateway that is
killed had not stored has to be said again."""
_REQUEST_S: Final = 90.0
_LOOK_S: Final = 0.02
_SHORT_S: Final = (0.0, 0.5)
_LONG_S: Final = (2.5, 4.0)
_LONG_OFTEN: Final = 0.2
"""Of all cuts, those after which the phone is without a network for so long that it is parked."""
_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 1.0


@dataclass(slots=True)
class Sentence:
    """A spoken sentence.

    Attributes:
        items: what it buys.
        session: how many sessions the phone had lost when it was said.
        at: when it was said last, in Unix seconds: until then.
        said_at: each time that it was said, from when on.
    """

    items: tuple[Item, ...]
    session: int
    at: float
    said_at: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loss:
    """A connection that was lost.

    Attributes:
        at: when the phone knew, in Unix seconds.
        cut: it was the phone's own, or the network's.
        away: so was it, for as long as Redis takes to be emptied.
        code: the close code, `None` without a close frame.
        took_s: seconds until the session was told again.
        resumed: it was the session that the phone had.
    """

    at: float
    cut: bool
    away: bool
    code: int | None
    took_s: float
    resumed: bool


class Roamer:
    """One shopper.

    Attributes:
        number: from 0.
        phone: the phone.
        losses: its connections that were lost and replaced.
        turned_away: how attempts to connect ended that did not lead to a session.
        spoken: its sentences.
        typed: what typed sentences asked for; those given up are not there.
        by_hand: what edits asked for, each with its Unix seconds; those given up are not there.
        voiced: set at the end of each sentence, before the pause behind it.
        trouble: what a request did not bring about, "" for nothing.
    """

    def __init__(self, number: int, ports: Sequence[int], seed: int) -> None:
        self.number = number
        self.language = language_of(number)
        self.user = f"roam-{number:03}"
        self.phone = ListPhone(
            ports[number % len(ports)],
            self.user,
            shows_list=True,
            notices_s=NOTICES_S,
            language=self.language,
        )
        self.losses: list[Loss] = []
        self.turned_away: Counter[str] = Counter()
        self.spoken: list[Sentence] = []
        self.typed: list[Item] = []
        self.by_hand: list[tuple[float, Item]] = []
        self.voiced = asyncio.Event()
        self.trouble = ""
        self._wishes = Wishes(f"{seed} {number}")
        self._ports = ports
        self._chance = random.Random(f"{seed} {number} network")  # noqa: S311 - no secret
        self._reachable = asyncio.Event()
        self._reachable.set()
        self._since = 0.0
        self._cut_short = False

    # The phone's connection.

    async def stay_connected(self) -> None:
        """Connect, and go to the next instance whenever the line has ended, until cancelled."""
        async with asyncio.TaskGroup() as group:
            line = await self._connected(group)
            while True:
                await line.ended.wait()
                at, began, fresh = time.time(), time.monotonic(), self.phone.fresh
                cut, code, away = line.cut, line.code, not self._reachable.is_set()
                if away:
                    await self._reachable.wait()
                    began = time.monotonic()
                elif cut:
                    await asyncio.sleep(self._offline_s())
                    began = time.monotonic()
                self.next_port()
                line = await self._connected(group)
                took_s = time.monotonic() - began
                self.losses.append(Loss(at, cut, away, code, took_s, self.phone.fresh == fresh))

    async def _connected(self, group: asyncio.TaskGroup) -> Line:
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                line = await self.phone.connect(group)
            except LineEnded as ended:
                self.turned_away[str(ended.code or "unreachable")] += 1
                self.next_port()
                await asyncio.sleep(self._chance.uniform(0.5, 1.5) * wait_s)
                wait_s = min(_LONGEST_WAIT_S, 2 * wait_s)
            else:
                self._since = time.time()
                return line

    def _offline_s(self) -> float:
        often = self._chance.random() < _LONG_OFTEN
        return self._chance.uniform(*(_LONG_S if often else _SHORT_S))

    def next_port(self) -> None:
        """Have the next connection made to another instance."""
        index = self._ports.index(self.phone.port)
        self.phone.port = self._ports[(index + 1) % len(self._ports)]

    def go_out_of_reach(self) -> None:
        """Lose the connection, and get no other until `come_back`."""
        self._reachable.clear()
        if self.phone.line is not None:
            self.phone.line.reset()

    def come_back(self) -> None:
        """Be in reach again."""
        self._reachable.set()

    @property
    def online(self) -> bool:
        """The session is told, on a connection of which nobody knows that it has ended."""
        return self.phone.is_open

    # The shopping.

    async def shop(self, going_on: Callable[[], bool]) -> None:
        """Speak, type and edit as long as `going_on` says so, and then until all has come."""
        while going_on() and not self.trouble:
            overdue = self._overdue()
            if overdue is not None:
                await self._say(overdue)
                continue
            act = self._wishes.next()
            match act.kind:
                case "speak":
                    self.spoken.append(Sentence(act.items, self.phone.fresh, 0.0))
                    await self._say(self.spoken[-1])
                case "type":
                    if await self._ask(act, "text", text=act.text):
                        self.typed += act.items
                case _:
                    at = time.time()
                    if await self._ask(act, "edit", operations=act.operations):
                        self.by_hand += [(at, item) for item in act.items]

    async def say_the_rest(self) -> None:
        """Say again what has not come, until everything has."""
        while self._outstanding():
            overdue = self._overdue()
            if overdue is not None:
                await self._say(overdue)
            await asyncio.sleep(_LOOK_S)

    async def _say(self, sentence: Sentence) -> None:
        """Say it and be silent; what was cut before is parted from it by silence."""
        line = await self.phone.online()
        self.voiced.clear()
        quiet = bytes(PAUSE_MS * BYTES_PER_MS)
        pcm = (quiet if self._cut_short else b"") + tones(said(self._missing(sentence)))
        pcm += bytes(-len(pcm) % (CHUNK_MS * BYTES_PER_MS))
        self._cut_short = True
        sentence.session = self.phone.fresh
        sentence.at = time.time()
        sentence.said_at.append(sentence.at)
        try:
            async for piece, _ in paced(pcm, chunk_ms=CHUNK_MS):
                await line.send(piece)
            self.voiced.set()
            async for piece, _ in paced(quiet, chunk_ms=CHUNK_MS):
                await line.send(piece)
        except LineEnded:
            return
        finally:
            sentence.at = time.time()
        self._cut_short = False

    def _overdue(self) -> Sentence | None:
        """Return a sentence of which nothing can be on its way any more."""
        return next((each for each in self._outstanding() if self._is_overdue(each)), None)

    def _outstanding(self) -> list[Sentence]:
        """Return the sentences that have not come, and that were not lost with their session."""
        announced = set(self.announced("model"))
        return [
            each
            for each in self.spoken
            if each.session == self.phone.fresh and not set(each.items) <= announced
        ]

    def _is_overdue(self, sentence: Sentence) -> bool:
        quiet_since = max(sentence.at, self._since, self._listening_since())
        return self.online and time.time() - quiet_since > SAID_AGAIN_AFTER_S

    def _missing(self, sentence: Sentence) -> list[Item]:
        announced = self.announced("model")
        return [item for item in sentence.items if item not in announced]

    def _listening_since(self) -> float:
        statuses = [
            (at, told["status"]) for at, told in self.phone.told if told["type"] == "status"
        ]
        if not statuses or statuses[-1][1] != "listening":
            return float("inf")
        return statuses[-1][0]

    async def _ask(self, act: Act, kind: str, **fields: object) -> bool:
        """Ask for something; return whether it was done rather than given up with its session."""
        ref = await self.phone.request(kind, **fields)
        by = "shopper" if kind == "edit" else "model"
        deadline = time.monotonic() + _REQUEST_S
        while not set(act.items) <= set(self.announced(by)):
            if any(each["ref"] == ref for each in self.phone.given_up):
                return False
            if time.monotonic() > deadline:
                self.trouble = f"{act.kind} {ref} brought nothing about: {self.phone.errors()[-1:]}"
                break
            await asyncio.sleep(_LOOK_S)
        return True

    def announced(self, by: str) -> list[Item]:
        """Return the products that the phone was told of, those of one doer."""
        return [
            item_of(event["product"])
            for _, event in self.phone.notebook.events
            if event["type"] == "product_detected" and event["by"] == by
        ]
