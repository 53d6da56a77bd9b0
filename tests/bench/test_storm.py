from __future__ import annotations

from typing import Any

import pytest

from bench.links import language_in
from bench.loglines import error_lines, exception_lines
from bench.recording import Item
from bench.shopper import Said, Shopper, language_of, sentence
from bench.storm_report import Loss, outages, report
from bench.vitals import MEMORY_SPARE, TASKS_SPARE, Vitals, grew
from emulator.brain import understand
from tests.support.phones import a_phone, told


def test_no_shopper_asks_for_the_same_twice_or_for_what_another_one_does() -> None:
    items = [item for who in range(50) for n in range(60) for item in sentence(who, n)[1]]
    assert len(set(items)) == len(items) == 50 * 80


def test_the_emulator_understands_every_sentence_as_it_is_meant() -> None:
    for number in range(120):
        text, items = sentence(3, number)
        intents = understand(text, language_of(3))
        assert [(each.action, each.name, each.quantity) for each in intents] == list(items)


def test_a_link_is_known_by_the_language_in_its_setup() -> None:
    setup = {"setup": {"inputAudioTranscription": {"languageCodes": [language_of(7)]}}}
    assert language_in({"setup": setup}) == language_of(7) == "pl-PL-phone007"
    assert language_in({"setup": None}) is None


async def test_what_is_missing_and_what_came_twice_are_told_apart() -> None:
    shopper = Shopper(0)
    wanted: list[tuple[Item, ...]] = [sentence(0, number)[1] for number in range(3)]
    shopper.said = [Said("", items, 0.0, 1.0) for items in wanted]
    assert [len(items) for items in wanted] == [2, 1, 1]
    butter, milk, bread = wanted[0][0], wanted[0][1], wanted[1][0]
    nobodys: Item = ("remove", "chleb", 1)
    shopper.phone = a_phone(*map(told, (butter, butter, milk, nobodys, milk, milk)))
    assert shopper.missing() == [bread, *wanted[2]]
    assert shopper.doubled() == [butter, nobodys, milk, milk]


async def test_only_errors_about_speech_count_as_speech_lost() -> None:
    shopper = Shopper(0)
    assert not shopper.errors()
    assert not shopper.received()
    assert not shopper.statuses()
    texts = ["audio_data: 120 ms of speech could not be kept", "try again after 700 ms"]
    shopper.phone = a_phone(*({"type": "error", "message": text} for text in texts))
    assert shopper.told_lost_ms() == 120


@pytest.mark.parametrize(
    ("statuses", "losses", "found"),
    [
        ([(1.0, "listening"), (5.1, "reconnecting"), (5.4, "listening")], [2, 5], [(5, 5.4)]),
        ([(5.1, "reconnecting"), (5.4, "listening")], [6], [(5.1, 5.4)]),
        ([(5.1, "reconnecting"), (5.2, "reconnecting"), (7, "listening")], [5], [(5, 7)]),
        ([(1.0, "listening"), (5.1, "reconnecting")], [5], []),
        ([(1.0, "connecting"), (1.1, "listening"), (9.0, "stopped")], [5], []),
    ],
)
def test_an_outage_lasts_from_the_newest_loss_until_listening(
    statuses: list[tuple[float, str]], losses: list[float], found: list[tuple[float, float]]
) -> None:
    assert outages(statuses, losses) == found


@pytest.mark.parametrize(
    ("values", "growing"),
    [
        ([100, 200, 300, 300, 300, 301], False),
        ([300, 300, 300, 300, 350, 351], True),
        ([300, 300, 400, 400, 300, 300], False),
        ([1, 900], False),
    ],
)
def test_growth_is_judged_by_the_last_two_thirds(values: list[float], *, growing: bool) -> None:
    assert grew(values, TASKS_SPARE) is growing
    assert grew(values, MEMORY_SPARE) is growing


LOSS = Loss(0, "abort", 1.5)
STEADY = [Vitals(float(at), 300, 150.0) for at in range(90)]
RISING = [Vitals(float(at), 300, 150.0 + at) for at in range(90)]


def a_shopper(*messages: dict[str, Any], trouble: str = "") -> Shopper:
    shopper = Shopper(0)
    shopper.said = [Said("", sentence(0, 1)[1], 0.0, 1.0)]
    shopper.phone = a_phone(*messages)
    shopper.trouble = trouble
    return shopper


GOT = told(sentence(0, 1)[1][0])


@pytest.mark.parametrize(
    ("messages", "trouble", "losses", "vitals", "tasks", "log", "result"),
    [
        ([GOT], "", [LOSS], STEADY, (2, 2), [], 0),
        ([], "", [LOSS], STEADY, (2, 2), [], 1),
        ([GOT, GOT], "", [LOSS], STEADY, (2, 2), [], 1),
        ([GOT], "closed", [LOSS], STEADY, (2, 2), [], 1),
        ([GOT], "", [], STEADY, (2, 2), [], 1),
        ([GOT], "", [LOSS], RISING, (2, 2), [], 1),
        ([GOT], "", [LOSS], STEADY, (2, 3), [], 1),
        ([GOT], "", [LOSS], STEADY, (2, 2), ["KeyError: 1"], 1),
    ],
)
async def test_a_storm_is_survived_if_nothing_is_lost_doubled_or_left_behind(  # noqa: PLR0913 - one for each thing that may go wrong
    *,
    messages: list[dict[str, Any]],
    trouble: str,
    losses: list[Loss],
    vitals: list[Vitals],
    tasks: tuple[int, int],
    log: list[str],
    result: int,
) -> None:
    shoppers = [a_shopper(*messages, trouble=trouble)]
    assert (
        report(shoppers, losses, vitals=vitals, tasks=tasks, memory_judged=True, log=log) == result
    )


async def test_memory_is_not_judged_after_a_moment(capsys: pytest.CaptureFixture[str]) -> None:
    seen = report(
        [a_shopper(GOT)], [LOSS], vitals=RISING, tasks=(2, 2), memory_judged=False, log=[]
    )
    assert seen == 0
    assert "not judged in less than a minute" in capsys.readouterr().out


def test_an_event_of_ours_may_name_an_exception_but_hold_no_traceback() -> None:
    ours = '{"severity":"WARNING","message":"link_lost","reason":"ConnectionResetError: "}'
    a_bug = '{"severity":"ERROR","message":"session_broke","stack_trace":"…"}'
    a_library = '{"severity":"ERROR","message":"Task: ValueError(1)","logger":"asyncio"}'
    bare = ["Traceback (most recent call last):", "KeyError: 1"]
    lines = [ours, a_bug, a_library, *bare]
    assert exception_lines(lines) == [a_bug, a_library, *bare]
    assert error_lines(lines) == [a_bug, a_library]
