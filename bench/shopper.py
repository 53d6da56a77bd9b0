"""A shopper: says one sentence of tones after another into a phone, and notes what comes of it.

Each product that a shopper asks for is another one, so that one that is lost and one that comes
twice are told apart; and each speaks a language tag of their own, by which the emulator's record of
a link shows whose it is.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from websockets.exceptions import ConnectionClosed

from bench.phone import BYTES_PER_MS, Phone, connected
from bench.recording import Item, item_of
from bench.tones import length_ms, tones

CHUNK_MS: Final = 100
PAUSE_MS: Final = 1_000
"""Between sentences: twice what ends one for Gemini."""
PATIENCE_S: Final = 20.0
"""How long products are waited for after the last sentence."""
_READY_S: Final = 60.0
NAMES: Final = (
    "masło", "mleko", "chleb", "ryż", "cebula", "jabłko", "pomidor", "ogórek", "banan",
    "cytryna", "ser", "szynka", "kurczak", "makaron", "mąka", "cukier", "sól", "kawa",
    "herbata", "woda", "sok", "piwo", "jogurt", "śmietana", "kefir", "papryka", "czosnek",
    "sałata", "kapusta", "gruszka", "śliwka", "kiełbasa", "łosoś", "dorsz", "bułka", "miód",
)  # fmt: skip
_SHOPPERS_TOLD_APART: Final = 50


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, what it buys, and the Unix seconds at which its voice began and ended."""

    text: str
    items: tuple[Item, ...]
    starts_at: float
    ends_at: float


def sentence(shopper: int, number: int) -> tuple[str, tuple[Item, ...]]:
    """Return a shopper's sentence, from 0, and what it buys; every third buys two things."""
    slots = [2 * number, 2 * number + 1][: 1 if number % 3 else 2]
    items = tuple(
        (
            "add",
            NAMES[slot % len(NAMES)],
            2 + shopper % _SHOPPERS_TOLD_APART + _SHOPPERS_TOLD_APART * (slot // len(NAMES)),
        )
        for slot in slots
    )
    return "dodaj do listy " + " i ".join(f"{count} {name}" for _, name, count in items), items


def language_of(shopper: int) -> str:
    """Return the BCP 47 tag of a shopper: Polish, in a variant of their own."""
    return f"pl-PL-phone{shopper:03}"


def user_of(shopper: int) -> str:
    """Return a shopper's `user_id`."""
    return f"shopper-{shopper:03}"


class Shopper:
    """One shopper with a phone.

    Attributes:
        number: from 0.
        said: the sentences, in order; the last may still be being said.
        phone: the phone, once it is connected.
        listening: set when the session listens for the first time.
        trouble: what went wrong between phone and gateway, "" for nothing.
    """

    def __init__(self, number: int, *, token: str = "") -> None:
        self.number = number
        self._token = token
        self.said: list[Said] = []
        self.phone: Phone | None = None
        self.listening = asyncio.Event()
        self.trouble = ""

    @property
    def language(self) -> str:
        """The language tag, which no other shopper has."""
        return language_of(self.number)

    async def shop(self, port: int, speaking: Callable[[], bool]) -> None:
        """Speak as long as `speaking` says so, wait for the rest of the products, and stop."""
        try:
            user = user_of(self.number)
            async with connected(port, user, token=self._token) as phone:
                self.phone = phone
                await self._session(phone, speaking)
        except* TimeoutError:
            self.trouble = "a status did not come"
        except* (ConnectionClosed, OSError) as lost:
            self.trouble = f"the socket was closed: {lost.exceptions[0]!r}"
        finally:
            self.listening.set()

    async def _session(self, phone: Phone, speaking: Callable[[], bool]) -> None:
        await phone.send({"type": "start_session", "language": self.language})
        await phone.wait_for_status("listening", within_s=_READY_S)
        self.listening.set()
        while speaking():
            await self._say_next(phone)
        await self._wait_for_the_rest(phone)
        await phone.send({"type": "stop_session"})
        await phone.wait_for_status("stopped")

    async def _say_next(self, phone: Phone) -> None:
        text, items = sentence(self.number, len(self.said))
        voice = tones(text)
        quiet = PAUSE_MS * BYTES_PER_MS
        quiet += -(len(voice) + quiet) % (CHUNK_MS * BYTES_PER_MS)
        now = time.time()
        self.said.append(Said(text, items, now, now + length_ms(text) / 1000))
        await phone.say(voice + bytes(quiet), chunk_ms=CHUNK_MS)

    async def _wait_for_the_rest(self, phone: Phone) -> None:
        """Let the microphone stay open, until all has come or nobody would wait any more."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.missing():
            await phone.say(bytes(CHUNK_MS * BYTES_PER_MS))

    # What came of it.

    def missing(self) -> list[Item]:
        """Return the products that were asked for and have not come."""
        return [item for item in self.expected() if item not in self.received()]

    def expected(self) -> list[Item]:
        """Return the products of all sentences."""
        return [item for said in self.said for item in said.items]

    def received(self) -> list[Item]:
        """Return the products that came."""
        return [item for _, item in self.arrivals()]

    def arrivals(self) -> list[tuple[float, Item]]:
        """Return the products that came, each with its Unix seconds."""
        products = [] if self.phone is None else self.phone.products()
        return [(at, item_of(product)) for at, product in products]

    def doubled(self) -> list[Item]:
        """Return the products that came again though they had come, and what nobody asked for."""
        left = self.expected()
        extra = []
        for item in self.received():
            if item in left:
                left.remove(item)
            else:
                extra.append(item)
        return extra

    def told_lost_ms(self) -> int:
        """Return how much speech the phone was told is lost."""
        told = [re.search(r"([0-9]+) ms of speech", text) for text in self.errors()]
        return sum(int(found[1]) for found in told if found is not None)

    def errors(self) -> list[str]:
        """Return the texts of the errors that came."""
        received = [] if self.phone is None else self.phone.received
        return [message["message"] for _, message in received if message["type"] == "error"]

    def statuses(self) -> list[tuple[float, str]]:
        """Return the statuses that came, each with its Unix seconds."""
        received = [] if self.phone is None else self.phone.received
        return [(at, message["status"]) for at, message in received if message["type"] == "status"]

    async def in_mid_sentence(self) -> None:
        """Return in the middle of the sentence that is being said, or of the next."""
        while True:
            now = time.time()
            newest = self.said[-1] if self.said else None
            if newest is not None and newest.starts_at <= now < newest.ends_at:
                middle = (newest.starts_at + newest.ends_at) / 2
                if now <= middle:
                    await asyncio.sleep(middle - now)
                    return
            await asyncio.sleep(0.05)
