"""Whole sessions with a Gemini that hears, and whose links are lost at any moment."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fake_socket import FakeSocket
from tests.support.gemini_says import go_away
from tests.support.hearing_gemini import Hearing, HearingConnector, sentence
from tests.support.live_session import live_session
from tests.support.moments import seconds_pass
from tests.support.sounds import chunks, silence
from tests.support.virtual_clock import VirtualClockLoop


async def products_of(
    sentences: list[bytes],
    *,
    gap_ms: int,
    lost_at: list[float],
    hearing: Hearing,
    sent_away_at: list[float] | None = None,
) -> list[object]:
    """Speak at speaking pace while links are lost, or sent away with 3 s of notice, at those
    seconds; return the product names.
    """
    spoken = b"".join(each + silence(gap_ms) for each in sentences) + silence(20_000)
    async with asyncio.TaskGroup() as group:
        gemini = HearingConnector(hearing, group)
        async with live_session(gemini=gemini) as session:
            gemini.opening_takes_s = 0.2
            session.phone.says("start_session")
            await seconds_pass(0.3)
            for index, chunk in enumerate(chunks(spoken)):
                session.phone.speaks(chunk)
                await seconds_pass(0.1)
                if any(index / 10 <= second < (index + 1) / 10 for second in lost_at):
                    gemini.newest.breaks()
                if any(index / 10 <= second < (index + 1) / 10 for second in sent_away_at or ()):
                    gemini.newest.says(go_away(3))
            # Whoever hears other pauses than we do needs a while until all is settled.
            await seconds_pass(120)
            return names(session.phone)


def names(phone: FakeSocket) -> list[object]:
    return [product["name"] for product in phone.products if isinstance(product, dict)]


def named(count: int) -> list[str]:
    return [f"produkt{number}" for number in range(1, count + 1)]


@pytest.mark.parametrize("pause_ms", [0, 200])
async def test_a_link_lost_in_the_middle_of_each_sentence_loses_and_doubles_nothing(
    pause_ms: int,
) -> None:
    sentences = [sentence(number, pause_ms) for number in range(1, 11)]
    lost_at = [0.5 + number * (2.5 + pause_ms / 1_000) for number in range(10)]
    products = await products_of(sentences, gap_ms=1_500, lost_at=lost_at, hearing=Hearing())
    assert products == named(10)


async def test_a_sentence_begun_before_the_last_ones_answer_survives_a_lost_link() -> None:
    """The answer comes 1.1 s after its sentence, when the next one has been spoken for 0.4 s."""
    sentences = [sentence(1), sentence(2)]
    products = await products_of(
        sentences, gap_ms=700, lost_at=[2.4], hearing=Hearing(latency_s=0.6)
    )
    assert products == named(2)


async def test_so_does_one_with_a_pause_of_its_own() -> None:
    sentences = [sentence(1), sentence(2, 200)]
    products = await products_of(
        sentences, gap_ms=600, lost_at=[2.8], hearing=Hearing(latency_s=0.9)
    )
    assert products == named(2)


async def test_sentences_that_went_out_together_are_confirmed_one_by_one() -> None:
    """The first link takes 8 s to be replaced; the next one dies when it has answered one."""
    async with asyncio.TaskGroup() as group:
        gemini = HearingConnector(Hearing(latency_s=0.5), group)
        async with live_session(gemini=gemini) as session:
            session.phone.says("start_session")
            await seconds_pass(0.3)
            gemini.newest.breaks()
            gemini.opening_takes_s = 8.0
            for chunk in chunks(
                b"".join(sentence(number) + silence(1_000) for number in (1, 2, 3))
            ):
                session.phone.speaks(chunk)
                await seconds_pass(0.1)
            await seconds_pass(3)
            gemini.opening_takes_s = 0.1
            gemini.newest.breaks()
            await seconds_pass(8)
            assert names(session.phone) == named(3)


async def test_stopping_waits_for_every_sentence_that_went_out_together() -> None:
    async with asyncio.TaskGroup() as group:
        gemini = HearingConnector(Hearing(latency_s=0.5), group)
        async with live_session(gemini=gemini) as session:
            spoken = b"".join(sentence(number) + silence(700) for number in (1, 2, 3, 4))
            session.phone.speaks(*chunks(spoken))
            session.phone.says("stop_session")
            await seconds_pass(6)
            assert names(session.phone) == named(4)
            assert session.phone.statuses[-1] == "stopped"


@settings(max_examples=40, deadline=None)
@given(
    pauses=st.lists(st.sampled_from([0, 0, 200, 300]), min_size=2, max_size=4),
    gap_ms=st.integers(6, 20).map(lambda tenths: tenths * 100),
    lost_at=st.lists(st.integers(1, 90).map(lambda tenths: tenths / 10), max_size=3),
    latency_s=st.sampled_from([0.1, 0.3, 0.6]),
)
def test_links_lost_at_any_moment_lose_and_double_nothing(
    pauses: list[int], gap_ms: int, lost_at: list[float], latency_s: float
) -> None:
    sentences = [sentence(number, pause) for number, pause in enumerate(pauses, start=1)]
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        products = runner.run(
            products_of(
                sentences, gap_ms=gap_ms, lost_at=lost_at, hearing=Hearing(latency_s=latency_s)
            )
        )
    assert products == named(len(pauses))


@settings(max_examples=60, deadline=None)
@given(
    pauses=st.lists(st.sampled_from([0, 200]), min_size=2, max_size=5),
    gap_ms=st.integers(6, 40).map(lambda tenths: tenths * 100),
    lost_at=st.lists(st.integers(1, 150).map(lambda tenths: tenths / 10), max_size=3),
    sent_away_at=st.lists(st.integers(1, 150).map(lambda tenths: tenths / 10), max_size=2),
    hearing=st.builds(
        Hearing,
        pause_ms=st.sampled_from([400, 500, 700, 900]),
        latency_s=st.sampled_from([0.1, 0.6]),
        turn_s=st.sampled_from([0.0, 0.5, 4.0]),
    ),
)
def test_so_does_a_gemini_that_hears_other_pauses_takes_its_time_or_sends_links_away(
    pauses: list[int],
    gap_ms: int,
    lost_at: list[float],
    sent_away_at: list[float],
    hearing: Hearing,
) -> None:
    sentences = [sentence(number, pause) for number, pause in enumerate(pauses, start=1)]
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        products = runner.run(
            products_of(
                sentences,
                gap_ms=gap_ms,
                lost_at=lost_at,
                sent_away_at=sent_away_at,
                hearing=hearing,
            )
        )
    assert products == named(len(pauses))
