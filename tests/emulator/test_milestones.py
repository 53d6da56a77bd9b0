from __future__ import annotations

import asyncio

from emulator.milestones import Milestones


async def test_waiting_ends_when_enough_audio_came() -> None:
    milestones = Milestones()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting = group.create_task(milestones.until_audio(300))
        for total in (100, 200):
            milestones.audio_received(total)
            await asyncio.sleep(1)
            assert not waiting.done()
        milestones.audio_received(350)
    assert waiting.done()
    await milestones.until_audio(350)


async def test_only_a_turn_that_ends_later_counts_as_the_next() -> None:
    milestones = Milestones()
    milestones.turn_completed()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting = group.create_task(milestones.next_turn())
        await asyncio.sleep(1)
        assert not waiting.done()
        milestones.turn_completed()
