"""The link is cut in the middle of a sentence, again and again: does any product get lost?

    python -m bench.aborts

One phone says twelve sentences at speaking pace; in the middle of ten of them the emulator aborts
the connection, without a close frame. Prints what the phone was told and what it got.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time

from bench.phone import Phone, connected
from bench.service import Service, running
from bench.speech import Sentence, speak

EXPECTED = {
    "dodaj dwa litry mleka": ("mleko", 2, "l"),
    "kup chleb": ("chleb", 1, "szt"),
    "dodaj trzy kilo ziemniaków": ("ziemniak", 3, "kg"),
    "kup masło": ("masło", 1, "kostka"),
    "dodaj pół kilo jabłek": ("jabłko", 0.5, "kg"),
    "kup dziesięć jajek": ("jajko", 10, "szt"),
    "dodaj kilo cukru": ("cukier", 1, "kg"),
    "kup dwa ogórki": ("ogórek", 2, "szt"),
    "dodaj litr soku pomarańczowego": ("sok pomarańczowy", 1, "l"),
    "kup cztery banany": ("banan", 4, "szt"),
    "dodaj kilo ryżu": ("ryż", 1, "kg"),
    "kup dwie cytryny": ("cytryna", 2, "szt"),
}
_SAFE_FIRST_AND_LAST = 1


def main() -> int:
    """Run it; return 1 when a product was lost, doubled or wrong."""
    pcm, sentences = speak(list(EXPECTED), voice="pl", speed=150, pause_ms=1500)
    with running(ears="pocketsphinx") as service:
        return asyncio.run(_measure(service, pcm, sentences))


async def _measure(service: Service, pcm: bytes, sentences: list[Sentence]) -> int:
    cut = sentences[_SAFE_FIRST_AND_LAST:-_SAFE_FIRST_AND_LAST]
    async with connected(service.port, "anna") as phone:
        await phone.send({"type": "start_session"})
        await phone.wait_for_status("listening")
        async with asyncio.TaskGroup() as group:
            group.create_task(phone.say(pcm))
            cuts = [await _abort(service, phone, sentence) for sentence in cut]
        await phone.send({"type": "stop_session"})
        await phone.wait_for_status("stopped")
    got = [
        (product["name"], product["quantity"], product["unit"]) for _, product in phone.products()
    ]
    print(f"aborted in mid-sentence  {len(cuts)} times")
    print(f"statuses                 {' '.join(phone.statuses())}")
    print(
        f"listening again after    {statistics.median(cuts):.0f} ms median, {max(cuts):.0f} worst"
    )
    print(f"products expected        {len(EXPECTED)}")
    print(f"received                 {len(got)}")
    print(f"missing                  {[item for item in EXPECTED.values() if item not in got]}")
    print(f"unexpected               {[item for item in got if item not in EXPECTED.values()]}")
    print(f"doubled                  {len(got) - len(set(got))}")
    expected_statuses = ["connecting", "listening", *["reconnecting", "listening"] * len(cuts)]
    told = phone.statuses()[:-1] == expected_statuses
    return int(not told or sorted(got) != sorted(EXPECTED.values()))


async def _abort(service: Service, phone: Phone, sentence: Sentence) -> float:
    """Cut the link in the middle of `sentence`; return the ms until it was there again."""
    middle_ms = (sentence.starts_ms + sentence.ends_ms) / 2
    while not phone.started_at or time.time() < phone.started_at + middle_ms / 1000:
        await asyncio.sleep(0.005)
    records = await asyncio.to_thread(service.connections)
    (link,) = [record["id"] for record in records if record["state"] == "open"]
    aborted = time.time()
    await asyncio.to_thread(service.act, link, {"abort": True})
    seen = len(phone.received)
    while phone.statuses()[-1] != "listening" or not any(
        message.get("status") == "listening" for _, message in phone.received[seen:]
    ):
        await asyncio.sleep(0.005)
    return (phone.received[-1][0] - aborted) * 1000


if __name__ == "__main__":
    sys.exit(main())
