"""Tests for `gateway.client_retry`."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from gateway.client_retry import (
    BASE_S,
    CAP_S,
    LATER_S,
    REMEMBERED_GAPS,
    STEADY_S,
    Loss,
    Outages,
    is_final,
)
from gateway.client_state import SeqHole
from gateway.talk_socket import Refused, SocketClosed, Unreachable
from tests.support.markdown import rows

PROTOCOL = (Path(__file__).parents[2] / "docs/protocol.md").read_text()
GONE = SocketClosed(1006, "")
LATER = SocketClosed(1013, "")


def outages(
    jitter: float = 1.0, *, connect_within_s: float = math.inf, reconnect_within_s: float = math.inf
) -> Outages:
    return Outages(
        lambda: jitter, connect_within_s=connect_within_s, reconnect_within_s=reconnect_within_s
    )


def test_close_codes_are_final_where_the_document_says_so() -> None:
    table = rows(PROTOCOL, "| code | when | reconnect? |")
    assert table
    for code, _, advice in table:
        assert is_final(SocketClosed(int(code), "")) is (advice == "no"), code
        waits = outages(0.0).delay_s(SocketClosed(int(code), ""), now=0.0)
        assert waits == {"no": None, "yes, later": LATER_S}.get(advice, 0.0), code
    assert is_final(SocketClosed(1000, ""))


@pytest.mark.parametrize(
    ("loss", "final"),
    [
        (SocketClosed(1001, ""), False),
        (SocketClosed(1006, ""), False),
        (SocketClosed(4999, ""), False),
        (Unreachable("nobody"), False),
        (SeqHole(seq=3, last_seq=1), False),
        (Refused(101, "another protocol"), True),
        (Refused(400, "bad user"), True),
        (Refused(404, "nothing here"), True),
        (Refused(408, "slow"), False),
        (Refused(429, "too many"), False),
        (Refused(503, "going away"), False),
    ],
)
def test_only_what_would_be_the_same_again_is_final(loss: Loss, final: bool) -> None:  # noqa: FBT001
    assert is_final(loss) is final
    assert (outages().delay_s(loss, now=0.0) is None) is final


def test_first_attempt_is_made_at_once_and_the_others_ever_later() -> None:
    some = outages()
    delays = [some.delay_s(GONE, now=0.0) for _ in range(3_000)]
    assert delays[:9] == [0.0, *(min(BASE_S * 2**n, CAP_S) for n in range(8))]
    assert set(delays[9:]) == {CAP_S}


def test_jitter_takes_any_part_of_a_delay() -> None:
    jitter = iter([0.9, 0.0, 0.25])
    some = Outages(lambda: next(jitter), connect_within_s=math.inf, reconnect_within_s=math.inf)
    assert [some.delay_s(GONE, now=0.0) for _ in range(3)] == [0.0, 0.0, 0.25 * 2 * BASE_S]


def test_later_is_later_each_time() -> None:
    some = outages()
    assert [some.delay_s(LATER, now=0.0) for _ in range(3)] == [
        LATER_S,
        LATER_S + BASE_S,
        LATER_S + 2 * BASE_S,
    ]


def test_outage_ends_with_a_connection_that_holds() -> None:
    some = outages()
    some.over(now=0.0)
    assert some.delay_s(GONE, now=5.0) == 0.0
    some.over(now=6.0)
    assert some.delay_s(GONE, now=6.0 + STEADY_S - 0.1) == BASE_S
    some.over(now=20.0)
    assert some.delay_s(GONE, now=20.0 + STEADY_S) == 0.0
    assert some.reconnects == 2


def test_gaps_are_measured_from_the_loss_to_the_session() -> None:
    some = outages()
    some.delay_s(Unreachable("nobody yet"), now=0.0)
    some.over(now=3.0)
    some.over(now=4.0)
    assert (some.reconnects, list(some.gaps_s)) == (0, [])
    for now in (50.0, 50.5, 51.0):
        some.delay_s(GONE, now=now)
    some.over(now=52.0)
    assert (some.reconnects, list(some.gaps_s)) == (1, [2.0])


def test_only_so_many_gaps_are_remembered() -> None:
    some = outages()
    for number in range(REMEMBERED_GAPS + 5):
        some.over(now=number)
        some.delay_s(GONE, now=number + 0.5)
    assert some.reconnects == REMEMBERED_GAPS + 4
    assert len(some.gaps_s) == REMEMBERED_GAPS


def test_first_connection_has_its_own_patience() -> None:
    assert outages(connect_within_s=0).delay_s(Unreachable("nobody"), now=7.0) is None
    some = outages(connect_within_s=0, reconnect_within_s=2)
    some.over(now=0.0)
    assert some.delay_s(GONE, now=100.0) == 0.0
    assert some.delay_s(GONE, now=101.4) == BASE_S
    assert some.delay_s(GONE, now=101.9) is None


def test_patience_ends_also_where_connections_do_not_hold() -> None:
    some = outages(jitter=0.0, reconnect_within_s=30)
    some.over(now=0.0)
    assert some.delay_s(GONE, now=100.0) == 0.0
    for now in (109.0, 118.0, 127.0):
        some.over(now=now - 8.0)
        assert some.delay_s(GONE, now=now) == 0.0
    some.over(now=128.0)
    assert some.delay_s(GONE, now=130.0) is None
