"""A few sentences of the corpora through the whole service, as `make detect` takes all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.detect.careless import run_careless
from bench.detect.corpus import careless, cases
from bench.detect.run import run
from bench.detect.score import Outcome
from bench.processes import EmulatorProcess, GatewayProcess, running

pytestmark = pytest.mark.e2e
SAID = {"Dodaj mleko i chleb.", "nie, dwa", "Usuń dwa jabłka.", "Cofnij to.", "dzień dobry"}
CARELESSLY = {"Kup pięć bananów i masło.", "Usuń masło z listy."}


async def test_some_sentences_and_careless_calls_become_what_they_mean(tmp_path: Path) -> None:
    emulator = EmulatorProcess(tmp_path, ("--ears", "none"))
    gateway = GatewayProcess(tmp_path)
    some = [case for case in cases("pl") if case.say in SAID]
    calls = [each for each in careless("pl") if each.case.say in CARELESSLY]
    wrong: list[Outcome] = []
    with running(emulator, gateway):
        outcomes = await run(gateway.port, some, "typed", lanes=4, progress=wrong.append)
        taken = await run_careless(gateway.port, emulator, calls)
    assert [each for each in wrong if not each.exact] == []
    assert [each.case for each in outcomes] == some
    assert len(some) == len(SAID)
    assert [each for each in taken if each.wrong] == []
    assert len(taken) >= len(CARELESSLY)
