"""How long after a sentence is its product on the phone? A minute of speech at speaking pace.

    python -m bench.latency

All times are read from this machine's one clock: when a sentence's last sample was spoken, when the
emulator sent the function call, and when the product was on the phone's socket.
"""

from __future__ import annotations

import asyncio
import statistics
import sys

from bench.phone import Phone, connected
from bench.recording import Item, conversation, item_of
from bench.service import Service, running


def main() -> int:
    """Run it; return 1 when a product did not come."""
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
    (record,) = service.connections()
    called = [call["sent_at_unix_ms"] for call in record["tool_calls"]]
    relayed = [at * 1000 - sent for (at, _), sent in zip(phone.products(), called, strict=True)]
    answered = [
        _after(phone, sentence.ends_ms, item) for sentence in sentences for item in sentence.items
    ]
    heard = [delay for delay in answered if delay is not None]
    print(f"recording                {len(pcm) / 32_000:.0f} s, {len(sentences)} sentences")
    print(f"products                 {len(answered)} expected, {len(heard)} received")
    _print("end of sentence to phone", heard)
    _print("function call to phone", relayed)
    return int(len(heard) < len(answered))


def _after(phone: Phone, ends_ms: int, item: Item) -> float | None:
    """Return the ms from a sentence's end to its product, `None` if that did not come."""
    ended_at = phone.started_at + ends_ms / 1000
    times = [at for at, product in phone.products() if item_of(product) == item]
    return (times[0] - ended_at) * 1000 if times else None


def _print(what: str, delays: list[float]) -> None:
    print(f"{what:<24} {statistics.median(delays):.1f} ms median, {max(delays):.1f} ms worst")


if __name__ == "__main__":
    sys.exit(main())
