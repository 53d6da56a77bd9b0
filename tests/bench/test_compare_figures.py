from __future__ import annotations

import itertools
import math
import os
from collections import Counter

import pytest

from bench.compare import proc
from bench.compare.cores import Cores, cores
from bench.compare.pacing import Pacing
from bench.compare.percentiles import percentiles
from bench.compare.plan import FULL, QUICK
from bench.compare.run import holds, steps
from bench.compare.saturation import Search
from bench.compare.window import Look, Spoken, window
from tests.support.compared import DELAYS, seen

# Percentiles.


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    values = [*range(100, 0, -1)]
    assert percentiles(values) == {"p50": 50, "p95": 95, "p99": 99, "worst": 100}
    assert percentiles([7.0]) == {"p50": 7.0, "p95": 7.0, "p99": 7.0, "worst": 7.0}
    assert percentiles([]) == {}


# Pacing.


def test_all_phones_are_spread_over_the_length_of_a_chunk() -> None:
    pacing = Pacing(phones=4, chunk_ms=100, seconds=1, pattern="steady")
    assert [pacing.due(position) for position in range(5)] == [0, 0.025, 0.05, 0.075, 0.1]
    assert pacing.each == 10 + 6
    assert pacing.total == 64


def test_steady_speech_ends_in_silence_that_is_not_counted() -> None:
    pacing = Pacing(phones=4, chunk_ms=100, seconds=1, pattern="steady")
    numbers = range(pacing.each)
    assert [pacing.speaks(0, number) for number in numbers] == [True] * 10 + [False] * 6
    assert [pacing.counts(number) for number in numbers] == [True] * 10 + [False] * 6


def test_a_sentence_is_two_seconds_of_every_three() -> None:
    pacing = Pacing(phones=50, chunk_ms=100, seconds=30, pattern="sentences")
    said = [pacing.speaks(0, number) for number in range(300)]
    assert said[:30] == [True] * 20 + [False] * 10
    assert said == said[:30] * 10


def test_phones_are_at_different_places_of_their_sentences() -> None:
    pacing = Pacing(phones=50, chunk_ms=100, seconds=30, pattern="sentences")
    speaking = Counter(sum(pacing.speaks(p, n) for p in range(50)) for n in range(30))
    assert min(speaking) > 25
    assert max(speaking) < 42


def test_sentences_are_whole_where_that_is_wanted() -> None:
    pacing = Pacing(50, 100, 3, "sentences", sentence_ms=300, cycle_ms=1_000, whole=True)
    lengths = set()
    for phone in range(50):
        said = "".join("x" if pacing.speaks(phone, number) else " " for number in range(36))
        lengths |= {len(sentence) for sentence in said.split()}
    assert lengths == {3}


def test_silence_holds_no_speech() -> None:
    pacing = Pacing(phones=1, chunk_ms=100, seconds=1, pattern="silence")
    assert not any(pacing.speaks(0, number) for number in range(pacing.each))


# The search for the limit.


def searched(limit: int, *, first: int, most: int = 2000, tries: int = 12) -> Search:
    search = Search(first, most)
    for _ in range(tries):
        phones = search.next()
        if phones is None:
            break
        search.note(phones, well=phones <= limit)
    return search


@pytest.mark.parametrize("first", [50, 300, 1500])
def test_the_limit_is_found_from_wherever_it_is_looked_for(first: int) -> None:
    search = searched(437, first=first)
    assert search.too_many is not None
    assert 437 / 1.09 < search.enough <= 437 < search.too_many


def test_without_a_limit_the_most_is_enough() -> None:
    search = searched(9999, first=100, most=800)
    assert (search.enough, search.too_many) == (800, None)


def test_nothing_at_all_may_be_too_many() -> None:
    assert searched(0, first=10, tries=50).enough == 0


def test_what_went_well_counts_though_fewer_went_badly() -> None:
    search = Search(100, 1000)
    search.note(100, well=False)
    search.note(71, well=True)
    search.note(90, well=True)
    search.note(60, well=False)
    assert search.enough < (search.too_many or math.inf)


def test_a_core_holds_sessions_while_delays_are_short_and_nothing_is_lost() -> None:
    assert holds(seen())
    assert not holds(seen(delay_ms={"p99": 50.0}))
    assert not holds(seen(lost=1))
    assert not holds(seen(delay_ms={}))


# Windows.


def test_a_window_is_what_happened_between_two_looks() -> None:
    before = Look(at_ns=0, cpu_ns=0, core_ns=0, load_ns=0, chunks=100)
    after = Look(
        at_ns=2_000_000_000,
        cpu_ns=600_000_000,
        core_ns=900_000_000,
        load_ns=1_000_000_000,
        chunks=2100,
    )
    report = {
        "chunks": 2999,
        "spoilt": 1,
        "repeated": 2,
        "missing": 3,
        "broken": 0,
        "delay_ms": DELAYS,
        "calls": [[1, 1, 1_000_000, True], [1, 2, 2_000_000, False], [2, 1, 0, True]],
    }
    phones = {"sent": 3000, "late_ms": DELAYS, "failures": []}
    spoken = Spoken(phones, report, [[1, 1, 3_000_000], [1, 2, 6_000_000]])
    pacing = Pacing(100, 100, 2, "steady")
    result = window(pacing, (before, after), spoken, idle=0.05)
    assert result.cpu_us_per_chunk == 250
    assert result.cpu_ms_per_session_second == 2.5
    assert (result.busy, result.load) == (0.3, 0.5)
    assert result.others == 0.15
    assert (result.lost, result.spoilt, result.calls, result.missing) == (1, 6, 3, 1)
    assert result.call_ms["p50"] == 2.0
    assert not result.whole
    assert seen().whole


# The machine.


@pytest.mark.parametrize(
    ("available", "expected", "shared"),
    [
        ({0}, Cores(0, 0, 0), True),
        ({0, 1}, Cores(0, 1, 1), False),
        ({2, 5, 7, 8}, Cores(2, 5, 7), False),
    ],
)
def test_the_load_has_other_cores_if_there_are_any(
    available: set[int], expected: Cores, *, shared: bool
) -> None:
    assert cores(available) == expected
    assert expected.shared is shared


def test_what_this_process_uses_is_told() -> None:
    before = proc.cpu_ns(os.getpid())
    sum(itertools.repeat(1, 2_000_000))
    assert proc.cpu_ns(os.getpid()) > before
    assert proc.rss_kib(os.getpid()) > 1024
    assert proc.core_ns(min(os.sched_getaffinity(0))) > 0
    assert proc.core_ns(100_000) == 0


def test_a_full_run_is_the_longer_one() -> None:
    assert steps(FULL, 5) > steps(QUICK, 5)
    assert {load.purpose for load in QUICK.loads} <= {load.purpose for load in FULL.loads}
