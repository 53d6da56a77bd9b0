"""Two figures of their own: how soon a lost link is replaced, and how long a rotation delays sound.

Nothing else runs meanwhile. The emulator's own handshake is measured beside the first, by a client
that does nothing else, right before each loss.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from websockets.asyncio.client import connect

from bench.faults.environments import USUAL
from bench.faults.heard import reached
from bench.faults.microphone import CHUNK_MS, Microphone
from bench.faults.pair import Pair, running
from bench.faults.play import backs_ms, warm_up
from bench.faults.stage import Stage, stretches_of
from bench.phone import BYTES_PER_MS, connected

ABORTS: Final = 20
ROTATIONS: Final = 10
SLOWER_MS: Final = 150
"""What the median may be above the emulator's own handshake."""
LONGEST_WAIT_MS: Final = 100
"""What a chunk may wait at most while the link is rotated."""
_PATH: Final = (
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any"
)
_CHUNK: Final = CHUNK_MS * BYTES_PER_MS
_POLL_S: Final = 0.002


@dataclass(frozen=True, slots=True)
class Timings:
    """What was measured, in ms.

    Attributes:
        backs: from each reset of a link until the phone was told `listening`.
        handshakes: TCP, TLS, upgrade and setup of a plain client.
        rotations: links that were replaced.
        noticed: statuses that the phone got meanwhile.
        waits: of each rotation, the longest that sound was behind what it had sent.
        usual_wait: the same of as much streaming without any rotation.
        peak: the most speech that waited in the gateway.
    """

    backs: list[float]
    handshakes: list[float]
    rotations: int
    noticed: list[str]
    waits: list[float]
    usual_wait: float
    peak: int

    def lines(self) -> list[str]:
        """Return the figures as Markdown."""
        return [self._dropped(), self._rotated()]

    def _dropped(self) -> str:
        back, handshake = statistics.median(self.backs), statistics.median(self.handshakes)
        return (
            f"* **A dropped link.** {len(self.backs)} resets while nobody speaks: listening again "
            f"after {back:.0f} ms (median; worst {max(self.backs):.0f} ms). Measured side by side, "
            f"the emulator's own handshake (TCP, TLS, upgrade, setup) takes a plain client "
            f"{handshake:.0f} ms (median; worst {max(self.handshakes):.0f} ms). Promised: the "
            f"median within {SLOWER_MS} ms plus that handshake."
        )

    def _rotated(self) -> str:
        return (
            f"* **Rotation.** {self.rotations} goAways while the phone streams {CHUNK_MS} ms "
            f"chunks without a pause: {_statuses(self.noticed)}; the longest that a chunk waited "
            f"from the phone's send until the emulator had it is {max(self.waits):.0f} ms "
            f"(median of the rotations' longest waits {statistics.median(self.waits):.0f} ms; "
            f"without a rotation {self.usual_wait:.0f} ms); at most {self.peak} ms of sound "
            f"waited in the gateway. Promised: no `reconnecting`, and {LONGEST_WAIT_MS} ms."
        )

    @property
    def broken(self) -> list[str]:
        """What is not as promised."""
        wrong = []
        above = statistics.median(self.backs) - statistics.median(self.handshakes)
        if len(self.backs) < ABORTS or above > SLOWER_MS:
            wrong.append(f"{len(self.backs)} links back, {above:.0f} ms above a handshake")
        if self.rotations < ROTATIONS or self.noticed:
            wrong.append(f"{self.rotations} rotations, {_statuses(self.noticed)}")
        if max(self.waits) > LONGEST_WAIT_MS:
            wrong.append(f"a chunk waited {max(self.waits):.0f} ms in a rotation")
        return wrong


async def measure(*, aborts: int = ABORTS, rotations: int = ROTATIONS) -> Timings:
    """Run both, one after the other, on a pair that does nothing else."""
    pair_of = running(USUAL)
    pair = await asyncio.to_thread(pair_of.__enter__)
    try:
        await warm_up(pair)
        backs, handshakes = await _drop(pair, aborts)
        return await _rotate(pair, rotations, backs, handshakes)
    finally:
        await asyncio.to_thread(pair_of.__exit__, None, None, None)


async def handshake_ms(pair: Pair) -> float:
    """Return how long TCP, TLS, upgrade and setup take a client that does nothing else."""
    trusted = ssl.create_default_context(cafile=str(pair.certificate))
    setup = {
        "model": "models/gemini-3.8-live",
        "generationConfig": {"responseModalities": ["AUDIO"]},
    }
    url = pair.tls_url.replace("https", "wss", 1) + _PATH
    started = time.perf_counter()
    async with connect(url, ssl=trusted, compression=None) as socket:
        await socket.send(json.dumps({"setup": setup}))
        await socket.recv()
        return (time.perf_counter() - started) * 1000


async def _drop(pair: Pair, aborts: int) -> tuple[list[float], list[float]]:
    handshakes = []
    async with connected(pair.port, "dropped") as phone:
        stage = Stage(pair, phone, Microphone(phone, seed="dropped"), user="dropped")
        await stage.open()
        await phone.send({"type": "start_session"})
        await phone.wait_for_status("listening")
        for _ in range(aborts):
            handshakes.append(await handshake_ms(pair))
            # Longer than a link must live for the next restart to be made at once.
            await asyncio.sleep(1.5)
            await stage.strike({"abort": True})
            await stage.listening_again()
    return backs_ms(phone, stage.struck_at), handshakes


async def _rotate(
    pair: Pair, rotations: int, backs: list[float], handshakes: list[float]
) -> Timings:
    async with connected(pair.port, "rotated") as phone:
        microphone = Microphone(phone, seed="rotated")
        stage = Stage(pair, phone, microphone, user="rotated")
        await stage.open()
        streaming = asyncio.create_task(microphone.run(), name="microphone")
        await stage.start()
        chunks = _Waits(stage)
        usual = await chunks.longest_ms(within_s=3.0)
        waits = []
        for _ in range(rotations):
            old = await stage.link()
            await asyncio.to_thread(pair.act, old["id"], {"go_away": "10s"})
            waits.append(await chunks.longest_ms(within_s=1.5))
            await stage.another_link(than=old["number"], within_s=5)
        await stage.inspect()
        streaming.cancel()
        noticed = phone.statuses()[2:]
    peak = 0 if stage.detail is None else stage.detail["uplink"]["peak"]
    return Timings(backs, handshakes, rotations, noticed, waits, usual, peak)


class _Waits:
    """How long chunks wait from the phone's send until the emulator has them.

    What the emulator has received is looked at all the time; a chunk was received at the latest
    when that was seen to include it, so the looking is part of the figure.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._arrived = 0

    async def longest_ms(self, *, within_s: float) -> float:
        """Return the longest wait of chunks that arrive, or still wait, in that time."""
        sent_at = self._stage.microphone.sent_at
        ends, longest = time.monotonic() + within_s, 0.0
        while time.monotonic() < ends:
            stretches = stretches_of(await asyncio.to_thread(self._stage.links_now))
            now, sent = time.time(), bytes(self._stage.microphone.sent)
            arrived = max(self._arrived, *(reached(sent, one) // _CHUNK for one in stretches[-2:]))
            # One that has not come by now has waited at least until now.
            late = [(now - at) * 1000 for at in sent_at[self._arrived : arrived + 1]]
            longest, self._arrived = max(longest, *late, 0.0), arrived
            await asyncio.sleep(_POLL_S)
        return longest


def _statuses(noticed: Sequence[str]) -> str:
    return f"the phone was told {', '.join(noticed)}" if noticed else "the phone was told nothing"
