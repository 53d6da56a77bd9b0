"""The link is cut in the middle of ten sentences, one after another: does any product get lost?

    python -m bench.aborts

One phone plays a minute of speech at speaking pace; in the middle of each of its sentences the
emulator aborts the connection, without a close frame.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time

from bench.phone import WAIT_S, Phone, connected
from bench.recording import Sentence, conversation, item_of
from bench.service import Service, running


def main() -> int:
    """Run it; return 1 when a product was lost, doubled or wrong, or the phone was told amiss."""
    with running(ears="pocketsphinx") as service:
        try:
            return asyncio.run(_measure(service))
        except* TimeoutError:
            print(f"a status did not come within {WAIT_S:.0f} s")
    return 1


async def _measure(service: Service) -> int:
    pcm, sentences = conversation()
    async with connected(service.port, "anna") as phone:
        await phone.send({"type": "start_session"})
        await phone.wait_for_status("listening")
        async with asyncio.TaskGroup() as group:
            group.create_task(phone.say(pcm))
            back = [await _abort(service, phone, sentence) for sentence in sentences]
        await phone.send({"type": "stop_session"})
        await phone.wait_for_status("stopped")
    wanted = [item for sentence in sentences for item in sentence.items]
    got = [item_of(product) for _, product in phone.products()]
    told = ["connecting", "listening", *["reconnecting", "listening"] * len(back), "stopped"]
    print(f"aborted in mid-sentence  {len(back)} times")
    print(f"statuses as documented   {phone.statuses() == told}")
    print(
        f"listening again after    {statistics.median(back):.0f} ms median, {max(back):.0f} worst"
    )
    print(f"products                 {len(wanted)} expected, {len(got)} received")
    print(f"missing                  {[item for item in wanted if item not in got]}")
    print(f"unexpected               {[item for item in got if item not in wanted]}")
    print(f"doubled                  {len(got) - len(set(got))}")
    return int(phone.statuses() != told or sorted(got) != sorted(wanted))


async def _abort(service: Service, phone: Phone, sentence: Sentence) -> float:
    """Cut the link in the middle of `sentence`; return the ms until it was there again."""
    middle_ms = (sentence.starts_ms + sentence.ends_ms) / 2
    while not phone.started_at or time.time() < phone.started_at + middle_ms / 1000:
        await asyncio.sleep(0.005)
    records = await asyncio.to_thread(service.connections)
    (link,) = [record["id"] for record in records if record["state"] == "open"]
    seen = len(phone.received)
    aborted = time.time()
    await asyncio.to_thread(service.act, link, {"abort": True})
    return (await listening_again(phone, seen) - aborted) * 1000


async def listening_again(phone: Phone, seen: int) -> float:
    """Return the Unix time of the first `listening` after the first `seen` messages.

    Raises:
        TimeoutError: it did not come within `WAIT_S` seconds.
    """
    async with asyncio.timeout(WAIT_S):
        while True:
            for at, message in phone.received[seen:]:
                if message.get("status") == "listening":
                    return at
            await asyncio.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
