from __future__ import annotations

import base64
import json
from typing import Any

import jwt as pyjwt
import pytest

from bench.hostile.cases import ALONE, CASES
from bench.hostile.report import (
    Delays,
    delays,
    print_cases,
    print_delays,
    print_log,
    print_shoppers,
)
from bench.hostile.tokens import AUDIENCE, ISSUER, claims_of, jwt
from bench.hostile.wire import BINARY, PING, TEXT, Answer, Wire, frame
from bench.shopper import Said, Shopper, sentence
from tests.support.phones import a_phone, told

SECRET = "a-secret-of-forty-characters-for-attacks"  # noqa: S105 - made up


def test_there_are_enough_cases_and_no_two_of_a_group_have_one_name() -> None:
    groups = {**CASES, **ALONE}
    names = [(group, case.name) for group, cases in groups.items() for case in cases]
    assert len(set(names)) == len(names) >= 60
    assert all(case.expected for cases in groups.values() for case in cases)


def test_a_token_that_is_to_be_good_is_so_for_another_library() -> None:
    token = jwt(claims_of("anna", 2e9, exp=int(4e9), iat=None), SECRET)
    found = pyjwt.decode(token, SECRET, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)
    assert found["sub"] == "anna"


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        (frame(TEXT, b"ab"), b"\x81\x82\0\0\0\0ab"),
        (frame(PING, final=False, masked=False), b"\x09\x00"),
        (frame(BINARY, reserved=4, claimed=1 << 62), b"\xc2\xff\x40" + bytes(7) + bytes(4)),
        (frame(BINARY, bytes(300))[:4], b"\x82\xfe\x01\x2c"),
    ],
)
def test_a_frame_may_be_as_wrong_as_is_wanted(sent: bytes, wanted: bytes) -> None:
    assert sent == wanted


async def test_a_wire_takes_answers_and_frames_one_after_the_other() -> None:
    wire = Wire()
    body = b'{"error":"Host: no","reason":""}'
    wire.data_received(b"HTTP/1.1 400 Bad\r\nContent-Length: 32\r\nA: b\r\n\r\n" + body)
    wire.data_received(b"HTTP/1.1 101 Yes\r\n\r\n" + b"\x81\x02ab" + b"\x82\x7e\x01")
    refused = await wire.answer()
    assert refused is not None
    assert (refused.told, refused.headers["a"]) == ("400 Host", "b")
    assert await wire.told() == "101"
    assert await wire.frame() == (TEXT, b"ab")
    wire.data_received(b"\x2c" + bytes(300))
    assert await wire.frame() == (BINARY, bytes(300))
    with pytest.raises(TimeoutError):
        await wire.frame(within_s=0)
    wire.connection_lost(None)
    assert await wire.frame() is None
    assert await wire.told() == "dropped"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"error": "the token has expired", "reason": "expired"}, "401 expired"),
        ({"error": "no such thing: look elsewhere"}, "401"),
        (b"Failed", "401"),
    ],
)
def test_an_answer_tells_its_status_and_in_one_word_why(body: Any, wanted: str) -> None:  # noqa: ANN401 - JSON
    assert Answer(401, {}, body).told == wanted


def test_a_case_that_came_out_otherwise_once_is_named() -> None:
    case = {"group": "tokens", "case": "expired", "expected": "401 expired", "times": 3}
    assert print_cases([{**case, "got": "401 expired"}]) == []
    assert print_cases([{**case, "got": "101"}]) == ["tokens: expired"]


def a_shopper(*got: dict[str, Any]) -> Shopper:
    shopper = Shopper(0)
    shopper.said = [Said("", sentence(0, 1)[1], 0.0, 1.0)]
    shopper.phone = a_phone(*got)
    return shopper


GOT = told(sentence(0, 1)[1][0])


async def test_honest_shoppers_lose_nothing_get_nothing_twice_and_are_told_no_error() -> None:
    assert print_shoppers([a_shopper(GOT)]) == []
    assert print_shoppers([a_shopper()]) == ["a product was lost"]
    assert print_shoppers([a_shopper(GOT, GOT)]) == ["a product came twice"]
    error = {"type": "error", "message": "no"}
    assert print_shoppers([a_shopper(GOT, error)]) == ["an honest phone was told of an error"]
    assert "nothing was asked for" in print_shoppers([Shopper(0)])


async def test_a_delay_belongs_to_the_time_in_which_gemini_called() -> None:
    shopper = a_shopper(GOT)
    item = sentence(0, 1)[1][0]
    ((at, _),) = shopper.arrivals()
    called = {shopper.language: {item: at - 0.25}}
    found = delays([shopper], called, [(at - 1, at)])
    assert list(found.from_call) == [pytest.approx(250, abs=1)]
    assert list(found.from_voice) == [pytest.approx(1000 * (at - 1.0), rel=0.01)]
    assert delays([shopper], called, [(at, at + 1)]) == Delays([], [])


def test_delays_may_double_and_no_more() -> None:
    quiet = Delays([10.0], [500.0])
    assert print_delays(quiet, Delays([20.0], [1000.0])) == []
    assert print_delays(quiet, Delays([21.0], [1000.0])) == [
        "Gemini's call to phone: p99 is not within 2 times"
    ]
    assert len(print_delays(quiet, Delays([], []))) == 2


def test_errors_exceptions_and_secrets_in_the_log_are_found() -> None:
    assert print_log(['{"severity":"INFO"}'], [SECRET]) == []
    broke = json.dumps({"severity": "ERROR", "stack_trace": base64.b64encode(b"x").decode()})
    assert print_log([broke.replace(" ", ""), SECRET], [SECRET]) == [
        "the log has errors",
        "the log has exceptions",
        "the log tells a secret",
    ]
