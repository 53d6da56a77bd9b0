from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bench.chaos.ending import Ending
from bench.chaos.faults import Fault, faults
from bench.chaos.only_redis import Flush
from bench.chaos.report import caused_by, report
from bench.chaos.roamer import Loss, Roamer, Sentence
from bench.chaos.seen import Seen
from bench.chaos.wishes import Wishes, said
from bench.recording import Item
from bench.shopper import NAMES, language_of
from emulator.brain import understand

MILK: Item = ("add", "mleko", 2)
BREAD: Item = ("add", "chleb", 3)


def a_roamer(*, told: tuple[Item, ...] = (), by_hand: tuple[Item, ...] = ()) -> Roamer:
    """Return a shopper whose phone was told of these."""
    roamer = Roamer(0, [1, 2], seed=1)
    events = [(item, "model") for item in told] + [(item, "shopper") for item in by_hand]
    for seq, ((action, name, amount), by) in enumerate(events, start=1):
        product = {"id": name, "action": action, "name": name, "quantity": amount}
        item = {"id": name, "name": name, "quantity": amount}
        event = {"type": "product_detected", "seq": seq, "by": by, "product": product}
        roamer.phone.notebook.take(event | {"item": item})
    roamer.by_hand = [(0.0, item) for item in by_hand]
    return roamer


def an_ending(roamer: Roamer, *asked: Item, flushes: tuple[Flush, ...] = ()) -> Ending:
    """Return how it ended when the service has what the phone has; all was asked for at 5."""
    items = [*roamer.phone.notebook.items.values()]
    return Ending(roamer, dict.fromkeys(asked, 5.0), flushes, items)


def what_is_seen(*endings: Ending) -> Seen:
    """Return what is seen when all is well."""
    for one in endings:
        one.roamer.phone.resumed = 1
        one.roamer.losses.append(
            Loss(11.0, cut=False, away=False, code=1006, took_s=0.2, resumed=True)
        )
    return Seen(done=Counter({Fault.KILLED: 1}), windows=[(10.0, Fault.KILLED)])


def test_every_kind_of_fault_comes_and_a_seed_gives_the_same_again() -> None:
    chosen = faults(7, 60)
    assert len(chosen) == 60
    assert {*chosen} == {*Fault}
    assert chosen == faults(7, 60) != faults(8, 60)
    assert {*faults(7, 10)} == {*Fault}
    assert {*faults(7, 9, [Fault.CUT])} == {Fault.CUT}


def test_the_emulator_understands_every_wish_and_nothing_is_wished_for_twice() -> None:
    wishes = Wishes("1")
    acts = [wishes.next() for _ in range(400)]
    for act in acts:
        if act.text:
            intents = understand(act.text, language_of(3))
            assert [(one.action, one.name, one.quantity) for one in intents] == [*act.items]
        assert act.text == (said(act.items) if act.kind != "edit" else "")
        assert all(name in NAMES for _, name, _ in act.items)
    assert {*Counter(item for act in acts for item in act.items).values()} == {1}
    assert {act.kind for act in acts} == {"speak", "type", "edit"}


def test_all_is_well_when_everything_came_once(capsys: pytest.CaptureFixture[str]) -> None:
    ending = an_ending(a_roamer(told=(MILK,), by_hand=(BREAD,)), MILK)
    assert report(what_is_seen(ending), [ending], []) == 0
    printed = capsys.readouterr().out
    assert "broken promises           none" in printed
    assert (
        "SIGKILL                              1           1        1    200 ms    200 ms" in printed
    )


def test_what_did_not_come_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    ending = an_ending(a_roamer(told=(MILK,)), MILK, BREAD)
    assert ending.lost == [BREAD]
    assert report(what_is_seen(ending), [ending], []) == 1
    assert "1 products are lost" in capsys.readouterr().out


def test_what_came_twice_is_doubled(capsys: pytest.CaptureFixture[str]) -> None:
    ending = an_ending(a_roamer(told=(MILK, MILK)), MILK)
    assert report(what_is_seen(ending), [ending], []) == 1
    assert "1 products are doubled" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flush", "held_by_redis_alone"),
    [
        (Flush(9.0, frozenset({"s1"})), True),
        (Flush(4.0, frozenset({"s1"})), False),
        (Flush(9.0, frozenset({"s2"})), False),
    ],
)
def test_what_only_redis_held_is_lost_with_it(flush: Flush, held_by_redis_alone: bool) -> None:  # noqa: FBT001
    roamer = a_roamer()
    roamer.phone.lost_sessions.append("s1")
    roamer.phone.fresh = 1
    ending = an_ending(roamer, MILK, flushes=(flush,))
    assert (ending.gone_with_redis == [MILK]) is held_by_redis_alone
    assert (ending.lost == []) is held_by_redis_alone
    assert ending.differences() == []


def test_session_that_is_fresh_without_a_cause_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    roamer = a_roamer(told=(MILK,))
    roamer.phone.lost_sessions.append("s1")
    ending = an_ending(roamer, MILK)
    assert report(what_is_seen(ending), [ending], []) == 1
    assert "1 sessions were not resumed" in capsys.readouterr().out


def test_newest_connection_that_is_replaced_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    ending = an_ending(a_roamer(told=(MILK,)), MILK)
    seen = what_is_seen(ending)
    loss = Loss(12.0, cut=False, away=False, code=4009, took_s=0.2, resumed=True)
    ending.roamer.losses.append(loss)
    assert report(seen, [ending], []) == 1
    assert "1 phones were told that another took over" in capsys.readouterr().out


def test_sentence_that_was_never_heard_is_told_unless_its_session_is_gone() -> None:
    roamer = a_roamer()
    roamer.spoken.append(Sentence((MILK,), session=0, at=1.0))
    assert an_ending(roamer).unheard == 1
    roamer.phone.fresh = 1
    assert an_ending(roamer).unheard == 0


def test_edit_that_was_given_up_counts_if_it_was_carried_out() -> None:
    roamer = a_roamer(by_hand=(BREAD,))
    roamer.by_hand.clear()
    operation = {"op": "add", "name": "chleb", "quantity": 3}
    roamer.phone.given_up.append({"type": "edit", "ref": "r1", "operations": (operation,)})
    ending = an_ending(roamer)
    assert (ending.story.lost(), ending.story.doubled()) == ([], [])


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        ({"not_recovered": ["SIGKILL"]}, "not everybody was back in time"),
        ({"stored_again_s": [float("inf")]}, "Redis was not told again"),
        ({"exit_codes": Counter({-9: 1}), "drains_s": [1.0]}, "an instance did not end well"),
    ],
)
def test_broken_promises_are_told(
    change: dict[str, Any], promise: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ending = an_ending(a_roamer(told=(MILK,)), MILK)
    seen = what_is_seen(ending)
    for name, value in change.items():
        setattr(seen, name, value)
    assert report(seen, [ending], []) == 1
    assert promise in capsys.readouterr().out


def test_lists_that_differ_and_exceptions_in_logs_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    roamer = a_roamer(told=(MILK,))
    ending = Ending(roamer, {MILK: 5.0}, (), [])
    line = '{"message":"broke","stack_trace":"…"}'
    assert report(what_is_seen(ending), [ending], [line]) == 1
    printed = capsys.readouterr().out
    assert "lists are unequal; exceptions in the logs" in printed


def test_losses_belong_to_the_newest_fault_unless_the_phone_was_cut() -> None:
    windows = [(1.0, Fault.KILLED), (5.0, Fault.STOPPED)]
    loss = {"code": None, "took_s": 0.1, "resumed": True}
    assert caused_by(Loss(4.0, cut=False, away=False, **loss), windows) is Fault.KILLED  # type: ignore[arg-type]
    assert caused_by(Loss(6.0, cut=False, away=False, **loss), windows) is Fault.STOPPED  # type: ignore[arg-type]
    assert caused_by(Loss(6.0, cut=True, away=False, **loss), windows) is Fault.CUT  # type: ignore[arg-type]
    assert caused_by(Loss(6.0, cut=True, away=True, **loss), windows) is Fault.REDIS_FLUSHED  # type: ignore[arg-type]
