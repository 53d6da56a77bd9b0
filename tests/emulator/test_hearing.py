from __future__ import annotations

import asyncio
from collections.abc import Sequence

from emulator.events import ConversationEvent, Heard, SpeechBegan
from emulator.hearing import (
    BYTES_PER_MS,
    LONGEST_ACTIVITY_MS,
    Begun,
    Hearing,
    ManualSegmenter,
    Segmenter,
    Stretch,
)
from emulator.record import ConnectionRecord
from tests.support.emulator_fakes import FakeEars

HALF_SECOND = b"\x01" * 500 * BYTES_PER_MS


class PieceSegmenter:
    """Takes every piece for a stretch of speech."""

    def feed(self, pcm: bytes) -> Sequence[Begun | Stretch]:
        return [Begun(), Stretch(pcm, 0, 1)]

    def flush(self) -> Sequence[Begun | Stretch]:
        return [Stretch(b"rest", 1, 2)]


class Listener:
    def __init__(self, segmenter: Segmenter, ears: FakeEars) -> None:
        self.events: asyncio.Queue[ConversationEvent] = asyncio.Queue()
        self.record = ConnectionRecord(id="c1", number=1, path="/", auth="query-key", tls=False)
        self.hearing = Hearing(
            segmenter, ears, language="pl-PL", tell=self.events.put, record=self.record
        )

    async def heard(self, count: int) -> list[ConversationEvent]:
        """Let the hearing run until so many events came."""
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.hearing.run())
            events = [await self.events.get() for _ in range(count)]
            running.cancel()
        return events


async def test_speech_is_told_at_once_and_its_text_in_the_order_of_speaking() -> None:
    ears = FakeEars("one", "two", delay_s=3)
    listener = Listener(PieceSegmenter(), ears)
    await listener.hearing.take(HALF_SECOND, 16000)
    await listener.hearing.take(HALF_SECOND, 16000)
    assert await listener.heard(4) == [
        SpeechBegan(),
        SpeechBegan(),
        Heard("one", 0.5),
        Heard("two", 0.5),
    ]
    assert [language for _, language in ears.heard] == ["pl-PL", "pl-PL"]
    assert [utterance.text for utterance in listener.record.utterances] == ["one", "two"]


async def test_a_pause_ends_open_speech() -> None:
    ears = FakeEars("one")
    listener = Listener(PieceSegmenter(), ears)
    await listener.hearing.paused()
    await listener.heard(1)
    assert ears.heard == [(b"rest", "pl-PL")]


async def test_marks_mean_nothing_where_speech_is_looked_for() -> None:
    listener = Listener(PieceSegmenter(), FakeEars())
    await listener.hearing.activity_started()
    await listener.hearing.activity_ended()
    assert listener.events.empty()


async def test_only_what_the_client_marks_is_heard() -> None:
    ears = FakeEars("one")
    listener = Listener(ManualSegmenter(), ears)
    await listener.hearing.take(HALF_SECOND, 16000)
    await listener.hearing.activity_started()
    await listener.hearing.activity_started()
    await listener.hearing.take(HALF_SECOND, 16000)
    await listener.hearing.activity_ended()
    await listener.hearing.activity_ended()
    assert await listener.heard(2) == [SpeechBegan(), Heard("one", 0.5)]
    assert ears.heard == [(HALF_SECOND, "pl-PL")]
    (utterance,) = listener.record.utterances
    assert (utterance.start_ms, utterance.end_ms) == (500, 1000)


async def test_an_activity_without_end_is_heard_in_parts() -> None:
    ears = FakeEars("one", "two")
    listener = Listener(ManualSegmenter(), ears)
    await listener.hearing.activity_started()
    for _ in range(LONGEST_ACTIVITY_MS // 500 + 1):
        await listener.hearing.take(HALF_SECOND, 16000)
    await listener.hearing.paused()
    assert await listener.heard(3) == [SpeechBegan(), Heard("one", 60.0), Heard("two", 0.5)]


async def test_other_rates_are_resampled_and_a_new_rate_starts_anew() -> None:
    ears = FakeEars()
    listener = Listener(PieceSegmenter(), ears)
    await listener.hearing.take(bytes(9600), 48000)
    await listener.hearing.take(bytes(3200), 16000)
    await listener.heard(4)
    assert [abs(len(pcm) - 3200) <= 4 for pcm, _ in ears.heard] == [True, True]
