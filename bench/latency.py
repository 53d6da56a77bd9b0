"""How long after a sentence is its product on the phone? A minute of speech at speaking pace.

    python -m bench.latency

All times are read from this machine's one clock: when a sentence's last sample was spoken, when the
emulator sent the function call, and when the product was on the phone's socket.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import Sequence
from typing import Final

from bench.phone import Phone, connected
from bench.recording import Item, conversation, item_of
from bench.service import Service, running

TO_PHONE_MS: Final = 1200
"""Longest median from a sentence's last sample to its product on the phone."""
RELAY_MS: Final = 20
"""Longest median from the function call to its product on the phone: the gateway's own share."""


def main() -> int:
    """Run it; return 1 when a product did not come or a median is above its target."""
    with running(ears="pocketsphinx") as service:
        return asyncio.run(_measure(service))


async def _measure(service: Service) -> int:
    pcm, sentences = conversation()
    async with connected(service.port, "anna") as phone:
        await phone.send({"type": "start_session"})
        await phone.wait_for_status("listening")
        await phone.say(pcm)
        await phone.send({"type": "stop_session"})
        await phone.wait_for_status("stopped")
    called = sorted(
        call["sent_at_unix_ms"] for record in service.connections() for call in record["tool_calls"]
    )
    came = [at * 1000 for at, _ in phone.products()]
    # One missing, and it is not known any more which belong together.
    pairs = zip(came, called, strict=True) if len(came) == len(called) else ()
    relayed = [at - sent for at, sent in pairs]
    answered = [
        _after(phone, sentence.ends_ms, item) for sentence in sentences for item in sentence.items
    ]
    heard = [delay for delay in answered if delay is not None]
    print(f"recording                {len(pcm) / 32_000:.0f} s, {len(sentences)} sentences")
    print(f"products                 {len(answered)} expected, {len(heard)} received")
    print(f"function calls           {len(called)} sent, {len(came)} products received")
    for what, delays in (
        ("end of sentence to phone", heard),
        ("function call to phone", relayed),
    ):
        print(f"{what:<24} {described(delays)}")
    on_target = within(heard, TO_PHONE_MS) and within(relayed, RELAY_MS)
    return int(len(heard) < len(answered) or not on_target)


def _after(phone: Phone, ends_ms: int, item: Item) -> float | None:
    """Return the ms from a sentence's end to its product, `None` if that did not come."""
    ended_at = phone.started_at + ends_ms / 1000
    times = [at for at, product in phone.products() if item_of(product) == item]
    return (times[0] - ended_at) * 1000 if times else None


def within(delays: Sequence[float], target_ms: float) -> bool:
    """Return whether there are delays and their median is no longer than the target."""
    return bool(delays) and statistics.median(delays) <= target_ms


def described(delays: Sequence[float]) -> str:
    """Return the delays' median and the longest of them."""
    if not delays:
        return "not measured"
    return f"{statistics.median(delays):.1f} ms median, {max(delays):.1f} ms worst"


if __name__ == "__main__":
    sys.exit(main())
