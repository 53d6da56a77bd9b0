"""The comparison's load and upstream with a gateway between them, for a moment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.compare.contestants import BARE, CONTESTANTS
from bench.compare.pacing import Pacing
from bench.compare.stage import Stage

GATEWAYS = {each.key: each for each in CONTESTANTS if each.key.startswith("gateway")}


@pytest.mark.parametrize("key", GATEWAYS)
def test_every_byte_and_every_product_is_looked_for(tmp_path: Path, key: str) -> None:
    stage = Stage(tmp_path)
    try:
        running = stage.start(GATEWAYS[key])
        try:
            assert running.took_s < running.until_ready() < 60
            assert stage.connect(running, 3)["failed"] == 0
            assert stage.connected(running) == 3
            seen = stage.speak(running, Pacing(3, 100, 1.0, "steady"))
            stage.hang_up(running)
            assert stage.connected(running) == 0
        finally:
            running.stop()
    finally:
        stage.stop()
    assert seen.whole, seen
    assert seen.sent == 3 * (10 + 6)
    assert seen.calls == 3
    assert seen.cpu_us_per_chunk > 0


def test_a_bare_app_answers(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        running = stage.start(BARE)
        running.stop()
        assert 0 < running.took_s == running.until_ready() < 60
        ends = replace(BARE, key="ends", command=(BARE.command[0], "-c", "raise SystemExit(3)"))
        with pytest.raises(RuntimeError, match="ends ended with 3"):
            stage.start(ends)
    finally:
        stage.stop()
