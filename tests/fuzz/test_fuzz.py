"""A small `make fuzz`, and that it would find something."""

from __future__ import annotations

import random

import pytest

from fuzz.mutation import mutated
from fuzz.run import Tally, run, run_target
from fuzz.targets import TARGETS, Target

SEED = 20_261_126
INPUTS = 3_000


@pytest.mark.parametrize("index", range(len(TARGETS)), ids=[target.name for target in TARGETS])
def test_a_decoder_takes_or_refuses_whatever_comes(index: int) -> None:
    tally = run(index, SEED, INPUTS)
    assert tally.findings == []
    assert tally.outcomes.total() == INPUTS
    assert min(tally.outcomes["taken"], tally.outcomes["refused"]) > INPUTS // 100


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_most_of_what_is_begun_with_is_good(target: Target) -> None:
    outcomes = [target.run(frame) for frame in target.corpus]
    assert outcomes.count("taken") >= 4


def test_the_same_seed_gives_the_same_frames() -> None:
    def frames() -> list[bytes]:
        source = random.Random(SEED)  # noqa: S311 - to be repeated
        return [mutated(source, TARGETS[0].corpus) for _ in range(200)]

    assert frames() == frames()
    assert len(set(frames())) > 150


def test_an_exception_that_is_not_ours_is_a_finding_with_its_seed() -> None:
    def choke(frame: bytes) -> object:
        raise RecursionError(len(frame))

    target = Target("a bad decoder", choke, [b"{}"])  # type: ignore[arg-type]  # it never returns
    tally = Tally()
    for seed in ("1/0", "2/0"):
        tally.add(run_target(target, seed, 10))
    assert tally.outcomes == {"broken": 20}
    assert len(tally.findings) == 5
    assert "a bad decoder, seed 1/0, input 0" in tally.findings[0]
    assert "RecursionError" in tally.findings[0]
