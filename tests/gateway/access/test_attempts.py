"""Tests for `gateway.access.attempts`, and for the endpoints that ask it."""

from __future__ import annotations

import time

from gateway.access.attempts import Attempts
from tests.support.an_app import App
from tests.support.asgi import Answer, request
from tests.support.moments import seconds_pass
from tests.support.tokens import SECRET, signed

TOKEN = "token-of-the-admins"  # noqa: S105 - made up
HERE = "192.0.2.1"


async def ask(app: App, token: str | None) -> Answer:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return await request(app.asgi, "/sessions", headers=headers)


def test_without_bounds_anybody_may_try_as_often_as_they_like() -> None:
    attempts = Attempts()
    for _ in range(1_000):
        attempts.note_failure(HERE, 0.0)
        assert attempts.address_refusal(HERE, 0.0) is None
        assert attempts.call_refusal("ola", 0.0) is None


def test_failures_are_those_of_an_address_and_calls_those_of_an_admin() -> None:
    attempts = Attempts(calls=1, failures=1)
    attempts.note_failure("2001:db8::1", 0.0)
    away = attempts.address_refusal("2001:db8::2", 30.0)
    assert away is not None
    assert (away.cause, away.status, away.retry_after_s) == ("admin_failures", 429, 30)
    assert attempts.address_refusal(HERE, 0.0) is None
    assert attempts.address_refusal("2001:db8::2", 60.0) is None
    assert attempts.call_refusal("ola", 0.0) is None
    away = attempts.call_refusal("ola", 0.0)
    assert away is not None
    assert (away.cause, away.status, away.retry_after_s) == ("admin_calls", 429, 60)
    assert attempts.call_refusal("ela", 0.0) is None


async def test_who_guesses_too_often_is_not_even_told_that_the_guess_is_right() -> None:
    app = App({"ADMIN_TOKEN": TOKEN, "ADMIN_FAILURES_PER_ADDRESS": "2"})
    # Who shows nothing does not guess.
    assert [(await ask(app, None)).status for _ in range(5)] == [401] * 5
    assert [(await ask(app, guess)).status for guess in ("a", TOKEN, "b")] == [401, 200, 401]
    for guess in ("c", TOKEN, None):
        answer = await ask(app, guess)
        assert (answer.status, answer.headers["retry-after"]) == (429, "30")
        assert answer.json["error"].startswith("too many wrong credentials from this address")
    await seconds_pass(30)
    assert (await ask(app, TOKEN)).status == 200
    causes = [facts["cause"] for facts in app.observer.noted("admin_refused")]
    assert causes[5:] == ["wrong_token"] * 2 + ["admin_failures"] * 3


async def test_a_shoppers_token_is_a_guess_as_well() -> None:
    settings = {"AUTH_JWT_SECRET": SECRET, "ADMIN_ROLE": "admin", "ADMIN_FAILURES_PER_ADDRESS": "1"}
    app = App(settings)
    shopper = signed(now=time.time())
    assert [(await ask(app, shopper)).status for _ in range(2)] == [403, 429]


async def test_an_admin_who_calls_too_often_is_told_when_to_come_again() -> None:
    settings = {"AUTH_JWT_SECRET": SECRET, "ADMIN_ROLE": "admin", "CALLS_PER_ADMIN": "2"}
    app = App(settings)
    ola, ela = (signed(user=user, roles=["admin"], now=time.time()) for user in ("ola", "ela"))
    assert [(await ask(app, ola)).status for _ in range(3)] == [200, 200, 429]
    assert (await ask(app, ela)).status == 200
    answer = await ask(app, ola)
    assert (answer.status, answer.headers["retry-after"]) == (429, "30")
    (noted, _) = app.observer.noted("admin_refused")
    assert noted == {"status": 429, "cause": "admin_calls", "address": "192.0.2.7"}
