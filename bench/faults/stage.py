"""Where a scenario is played: one phone on one pair, and the hands that reach for the emulator."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bench.faults.heard import Stretch
from bench.faults.microphone import Microphone
from bench.faults.pair import Pair, Record
from bench.faults.sentences import Sentence, said
from bench.phone import BYTES_PER_MS, Phone
from bench.recording import Item, item_of

HEARD_WITHIN_S: Final = 12.0
"""How long after its last sample a sentence's products are waited for."""
_POLL_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Speaking:
    """A sentence that is being spoken; `begins` is its first byte in the phone's stream."""

    sentence: Sentence
    begins: int
    microphone: Microphone

    async def until_middle(self) -> None:
        """Return when half of the voice has been sent."""
        one = self.sentence
        await self.microphone.until(self._byte((one.begins_ms + one.ends_ms) // 2))

    async def until_begun(self) -> None:
        """Return when a little of the voice has been sent."""
        await self.microphone.until(self._byte(self.sentence.begins_ms + 500))

    async def until_over(self) -> None:
        """Return when all of it, with the silence behind it, has been sent."""
        await self.microphone.until(self.begins + len(self.sentence.pcm))

    def _byte(self, ms: int) -> int:
        return self.begins + ms * BYTES_PER_MS


class Stage:
    """What a scenario's script has in its hands.

    Attributes:
        expected: the products of all that was said.
        struck_at: Unix seconds at which each fault began.
        problems: what a script found wrong itself.
        detail: what the gateway told admins about the session when it was last asked.
        stretches: what links of an emulator that is no more received.
    """

    def __init__(self, pair: Pair, phone: Phone, microphone: Microphone, *, user: str) -> None:
        self.pair = pair
        self.phone = phone
        self.microphone = microphone
        self.user = user
        self.expected: list[Item] = []
        self.spoken: list[Sentence] = []
        self.struck_at: list[float] = []
        self.problems: list[str] = []
        self.detail: Record | None = None
        self.stretches: list[Stretch] = []
        self._first = 0

    async def open(self) -> None:
        """Note which connections there were before."""
        records = await asyncio.to_thread(self.pair.connections)
        self._first = records[-1]["number"] if records else 0

    # The phone.

    async def start(self, *, within_s: float = 20.0) -> None:
        """Start the session with an open microphone, and wait until it listens."""
        await self.phone.send({"type": "start_session"})
        await self.phone.wait_for_status("listening", within_s=within_s)
        self.microphone.switch_on()

    async def stop(self, *, within_s: float = 20.0) -> None:
        """Close the microphone, stop the session and wait until it has stopped."""
        await self.inspect()
        self.microphone.switch_off()
        await self.phone.send({"type": "stop_session"})
        await self.phone.wait_for_status("stopped", within_s=within_s)

    async def inspect(self) -> None:
        """Note what the gateway tells admins about the session."""
        self.detail = await asyncio.to_thread(self.pair.session, self.user)

    def speak(self, word: str) -> Speaking:
        """Begin to speak the sentence with that word in it; its products are expected from now."""
        sentence = said(word)
        self.expected += sentence.items
        self.spoken.append(sentence)
        return Speaking(sentence, self.microphone.say(sentence.pcm), self.microphone)

    async def hear(self, word: str) -> None:
        """Speak a sentence and wait for its products."""
        await self.speak(word).until_over()
        await self.all_received()

    async def type(self, word: str) -> None:
        """Have Gemini take a sentence as said by the user, and wait for its products."""
        sentence = said(word)
        self.expected += sentence.items
        await self.act({"say": {"text": sentence.text}})
        await self.all_received()

    async def all_received(self, *, within_s: float = HEARD_WITHIN_S) -> None:
        """Wait until every expected product is there; who misses one finds it in the outcome."""
        await self.seen(lambda: not self.missing(), within_s=within_s)

    def missing(self) -> Counter[Item]:
        """Return what was expected and has not come."""
        return Counter(self.expected) - Counter(self.received())

    def unanswered_ms(self) -> int:
        """Return how long the spoken sentences are of which a product did not come."""
        missing = self.missing()
        return sum(
            sentence.ends_ms - sentence.begins_ms
            for sentence in self.spoken
            if any(missing[item] for item in sentence.items)
        )

    def received(self) -> list[Item]:
        """Return the products that came."""
        return [item_of(product) for _, product in self.phone.products()]

    async def listening_again(self, *, within_s: float = 20.0) -> None:
        """Wait until the phone was told `listening` after the last fault."""
        since = self.struck_at[-1]

        def back() -> bool:
            later = (one for at, one in self.phone.received if at >= since)
            return any(one.get("status") == "listening" for one in later)

        if not await self.seen(back, within_s=within_s):
            self.problems.append(f"not listening again within {within_s:g} s")

    async def errored(self, text: str = "", *, within_s: float = 20.0) -> None:
        """Wait until the phone was told an error that holds `text`."""

        def told() -> bool:
            errors = (one for _, one in self.phone.received if one["type"] == "error")
            return any(text in one["message"] for one in errors)

        if not await self.seen(told, within_s=within_s):
            self.problems.append(f"no error that says {text!r}")

    async def seen(self, condition: Callable[[], bool], *, within_s: float) -> bool:
        """Wait for a condition on the phone's side; return whether it came true."""
        deadline = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    # Gemini.

    async def act(self, action: Mapping[str, object]) -> None:
        """Do something to the link that is open now."""
        link = (await self.link())["id"]
        await asyncio.to_thread(self.pair.act, link, action)

    async def strike(self, action: Mapping[str, object]) -> None:
        """Do it, and note that a fault begins."""
        link = (await self.link())["id"]
        self.struck()
        await asyncio.to_thread(self.pair.act, link, action)

    def struck(self) -> None:
        """Note that a fault begins now."""
        self.struck_at.append(time.time())

    async def rule(self, **rule: object) -> None:
        """Have the emulator treat connections to come accordingly; all, unless said otherwise."""
        await asyncio.to_thread(self.pair.add_rule, {"connections": "all", **rule})

    async def next(self, count: int = 1, **rule: object) -> None:
        """Have the emulator treat the next connections accordingly."""
        await self.rule(connections={"next": count}, **rule)

    async def well_again(self) -> None:
        """Have the emulator treat new connections well again."""
        await asyncio.to_thread(self.pair.drop_rules)

    async def link(self) -> Record:
        """Return the record of the newest open connection that is set up; wait for one."""
        return await self.once(_newest_open, "no link is open")

    async def links(self) -> list[Record]:
        """Return the records of this scenario's connections, the first one first."""
        return await asyncio.to_thread(self.links_now)

    def links_now(self) -> list[Record]:
        """Return the same, from outside the event loop."""
        return [one for one in self.pair.connections() if one["number"] > self._first]

    async def once(
        self,
        found: Callable[[list[Record]], Record | None],
        otherwise: str,
        *,
        within_s: float = 10,
    ) -> Record:
        """Return what is found in the records, waiting for it.

        Raises:
            TimeoutError: `otherwise` says what was not found.
        """
        deadline = time.monotonic() + within_s
        while (record := found(await self.links())) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(otherwise)
            await asyncio.sleep(_POLL_S)
        return record

    async def kill(self) -> None:
        """Kill the emulator, and note that a fault begins; what it knew is kept here."""
        self.stretches += stretches_of(await self.links())
        self.struck()
        await asyncio.to_thread(self.pair.kill_emulator)

    async def revive(self) -> None:
        """Start the emulator again: it counts its connections from 1."""
        self._first = 0
        await asyncio.to_thread(self.pair.start_emulator)

    async def another_link(self, *, than: int, within_s: float = 20) -> Record:
        """Return the record of an open connection with a greater number, waiting for it."""

        def found(records: list[Record]) -> Record | None:
            return _newest_open([one for one in records if one["number"] > than])

        return await self.once(found, f"no link after number {than}", within_s=within_s)

    def check(self, fact: object, otherwise: str) -> None:
        """Note a problem unless something is so."""
        if not fact:
            self.problems.append(otherwise)


def stretches_of(records: list[Record]) -> list[Stretch]:
    """Return what each connection received of the phone's stream."""
    return [
        Stretch(
            record["audio"]["bytes"],
            record["audio"]["sha256"],
            max((one["end_ms"] or 0 for one in record["heard"]), default=0) * BYTES_PER_MS,
        )
        for record in records
    ]


def _newest_open(records: list[Record]) -> Record | None:
    ready = [one for one in records if one["state"] == "open" and one["ready_at_unix_ms"]]
    return ready[-1] if ready else None
