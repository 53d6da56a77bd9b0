from __future__ import annotations

import pytest

from bench.faults.catalogue import SCENARIOS, chosen
from bench.faults.document import document
from bench.faults.outcome import FAULT, Outcome, Promise
from bench.faults.scenario import Scenario
from bench.faults.stage import Stage
from bench.faults.table import Row, span, table
from bench.faults.timings import Timings

MILK = ("add", "mleko", 2)
TOLD = ["connecting", "listening", FAULT, "reconnecting", "listening", "stopped"]


async def nothing(_: Stage) -> None:
    """Do nothing."""


SCENARIO = Scenario(
    name="a-fault",
    happens="Something breaks.",
    source="somebody#1",
    promised="Nothing is lost.",
    promise=Promise(told=(tuple(one for one in TOLD if one != FAULT),), restarts=(1, 1)),
    script=nothing,
)


def kept(back_ms: float) -> Outcome:
    """A run that kept its promise."""
    return Outcome(
        told=TOLD,
        expected=[MILK],
        received=[MILK],
        lost_measured_ms=0.0,
        backs_ms=[back_ms],
        restarts=1,
    )


def test_a_row_adds_up_its_runs() -> None:
    row = Row(SCENARIO, [kept(20), kept(40), kept(30)])
    assert row.broken == []
    assert row.markdown() == (
        "| a-fault | connecting listening ⚡ reconnecting listening stopped "
        "| 3 / 3 / 0 / 0 | 0 / 0 | 30 / 40 | 1 | kept |"
    )


def test_a_row_says_in_how_many_runs_a_promise_was_broken() -> None:
    lost = kept(20)
    lost.received, lost.restarts = [], 2
    row = Row(SCENARIO, [kept(20), lost])
    assert row.broken == ["lost: add mleko 2 (1 of 2 runs)", "2 restarts spent (1 of 2 runs)"]
    assert "| 2 / 1 / 0 / 1 | 0 / 0 | 20 / 20 | 1 to 2 | **broken**: lost" in row.markdown()


def test_a_row_shows_each_way_in_which_its_runs_went() -> None:
    calm = kept(20)
    calm.told, calm.backs_ms = ["connecting", "listening", "stopped"], []
    told = Row(SCENARIO, [kept(20), kept(20), calm]).markdown()
    assert "stopped (2 runs); connecting listening stopped (1 runs)" in told


def test_an_unmeasured_loss_is_not_shown_as_none() -> None:
    unknown = kept(20)
    unknown.lost_measured_ms = None
    assert "| 0 / ? |" in Row(SCENARIO, [kept(20), unknown]).markdown()


def test_an_error_is_cut_and_cannot_break_the_table() -> None:
    refused = kept(20)
    refused.told = ["connecting", f"error: a|b {'x' * 60}", "stopped"]
    assert f"connecting “a\\|b {'x' * 38}…” stopped" in Row(SCENARIO, [refused]).markdown()


def test_nobody_was_kept_waiting_when_nothing_was_told() -> None:
    assert span([]) == "not noticed"


def test_the_table_has_a_line_for_each_scenario_below_its_head() -> None:
    rows = [Row(SCENARIO, [kept(20)]), Row(SCENARIO, [kept(20)])]
    assert len(table(rows).splitlines()) == 4


def test_the_page_names_what_happens_where_it_was_seen_and_what_is_promised() -> None:
    page = document([Row(SCENARIO, [kept(20)])], None, runs=1)
    described = "**a-fault**: Something breaks. Seen: somebody#1. Promised: nothing is lost."
    assert described in page
    assert "How soon" not in page


def timings(**other: object) -> Timings:
    """Timings that keep their promise, but for what is said otherwise."""
    kept: dict[str, object] = {
        "backs": [20.0] * 20,
        "handshakes": [10.0] * 20,
        "rotations": 10,
        "noticed": [],
        "waits": [30.0] * 10,
        "usual_wait": 10.0,
        "peak": 100,
    }
    return Timings(**{**kept, **other})  # type: ignore[arg-type]  # the tests' own values fit


def test_timings_within_their_promise_break_nothing() -> None:
    assert timings().broken == []
    assert "after 20 ms" in document([], timings(), runs=1)


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"backs": [161.0] * 20}, "20 links back, 151 ms above a handshake"),
        ({"backs": [20.0] * 19}, "19 links back, 10 ms above a handshake"),
        ({"noticed": ["reconnecting"]}, "10 rotations, the phone was told reconnecting"),
        ({"rotations": 9}, "9 rotations, the phone was told nothing"),
        ({"waits": [30.0, 101.0]}, "a chunk waited 101 ms in a rotation"),
    ],
)
def test_timings_beyond_their_promise_are_named(other: dict[str, object], problem: str) -> None:
    assert timings(**other).broken == [problem]


def test_scenarios_have_names_of_their_own_and_are_many() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names) >= 30


def test_the_quick_ones_are_a_dozen_and_none_of_them_is_slow() -> None:
    quick = [scenario for scenario in SCENARIOS if scenario.quick]
    assert 10 <= len(quick) <= 16
    assert not any(scenario.slow for scenario in quick)


def test_scenarios_are_chosen_by_name_and_all_without_one() -> None:
    assert [one.name for one in chosen(["abort-idle"])] == ["abort-idle"]
    assert chosen([]) == SCENARIOS
    with pytest.raises(ValueError, match="no such scenario: tea"):
        chosen(["tea"])
