"""Phones that are asked who they are, from their handshake to their last token's end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from actors.ports import CannotCheck, StoreUnavailable
from gateway.access.door import GuardedDoor
from gateway.access.identity import Identity
from gateway.access.tickets import Tickets, TicketsHere
from gateway.access.tokens import Claims, SharedSecret, Tokens
from tests.support.an_app import App
from tests.support.asgi import Phone, connected, request
from tests.support.moments import a_moment, seconds_pass
from tests.support.tokens import SECRET, signed, unsigned

V2 = "shopping.v2"
SETTINGS = {"AUTH_JWT_SECRET": SECRET, "AUTH_CLOCK_SKEW_S": "0"}


def an_app() -> App:
    return App(SETTINGS)


def token(user: str = "anna", lasts_s: float = 3_600) -> str:
    return signed(user=user, now=time.time(), lasts_s=lasts_s)


@dataclass
class Shown:
    """How a phone shows who it is."""

    headers: Mapping[str, str] | None = None
    subprotocols: Sequence[str] = ()
    query: str = ""

    def to(self, app: App, user: str = "anna") -> Any:  # noqa: ANN401 - a context
        return connected(
            app.asgi,
            f"/ws/{user}{self.query}",
            headers=self.headers,
            subprotocols=self.subprotocols,
        )


def in_header(text: str) -> Shown:
    return Shown(headers={"Authorization": f"Bearer {text}"}, subprotocols=[V2])


def in_subprotocol(text: str) -> Shown:
    return Shown(subprotocols=[V2, f"bearer.{text}"])


def in_query(text: str) -> Shown:
    return Shown(query=f"?access_token={text}", subprotocols=[V2])


WAYS = [in_header, in_subprotocol, in_query]


@pytest.mark.parametrize("way", WAYS)
async def test_a_phone_with_its_users_token_is_let_in(way: Any) -> None:  # noqa: ANN401 - one of the above
    async with way(token()).to(an_app()) as phone:
        assert phone.accepted
        assert phone.subprotocol == V2
        phone.says("ping")
        await a_moment()
        assert phone.heard == [{"type": "pong"}]


async def test_in_version_one_as_well() -> None:
    app = an_app()
    for shown in (
        Shown(headers={"Authorization": f"Bearer {token()}"}),
        Shown(subprotocols=[f"bearer.{token()}"]),
        Shown(query=f"?access_token={token()}"),
    ):
        async with shown.to(app) as phone:
            assert phone.accepted
            assert phone.subprotocol is None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        (token(lasts_s=-5), 401, "expired"),
        (token("jan"), 403, "other_user"),
        (signed("another-secret-of-thirty-two-bytes!", now=time.time()), 401, "wrong_signature"),
        (unsigned({"alg": "none"}, {"sub": "anna", "exp": 2**40}), 401, "wrong_algorithm"),
        ("nonsense", 401, "malformed"),
    ],
)
async def test_another_phone_is_refused_in_the_handshake_and_told_why(
    way: Any,  # noqa: ANN401 - one of the above
    text: str,
    status: int,
    reason: str,
) -> None:
    app = an_app()
    async with way(text).to(app) as phone:
        assert not phone.accepted
        assert (phone.refusal.status, phone.refusal.json["reason"]) == (status, reason)
        assert text not in phone.refusal.body.decode()
        has_challenge = "www-authenticate" in phone.refusal.headers
        assert has_challenge is (status == 401)
    assert app.observer.noted("handshake_refused") == [
        {"status": status, "cause": reason, "address": "192.0.2.7"}
    ]
    assert len(app.registry) == 0


async def test_a_phone_that_shows_nothing_is_told_where_to() -> None:
    async with Shown(subprotocols=[V2]).to(an_app()) as phone:
        assert phone.refusal.status == 401
        assert "Authorization: Bearer" in phone.refusal.json["error"]


async def test_who_somebody_is_is_not_asked_before_the_rest_is_right() -> None:
    async with Shown(subprotocols=["graphql-ws"]).to(an_app()) as phone:
        assert phone.refusal.status == 400


@asynccontextmanager
async def speaking(app: App, text: str, subprotocols: Sequence[str]) -> AsyncIterator[Phone]:
    headers = {"Authorization": f"Bearer {text}"}
    async with connected(app.asgi, "/ws/anna", headers=headers, subprotocols=subprotocols) as phone:
        phone.says("start_session")
        await a_moment()
        yield phone


class Checks:
    """Checks tokens of the form ``user seconds``, from now on."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.away = False

    async def check(self, token: str) -> Identity:
        if self.away:
            raise CannotCheck("no keys")
        user_id, _, lasts_s = token.partition("_")
        return Identity(user_id, self.now + float(lasts_s))


def app_with(checks: Checks) -> App:
    """Return an application whose wall clock stands still: timers begin with what tokens say."""
    access = an_app().access
    tickets = Tickets(TicketsHere(), ttl_s=30)
    door = GuardedDoor(checks, tickets, wall_clock=lambda: checks.now)
    return App(access=replace(access, door=door, tickets=tickets))


@pytest.mark.parametrize("subprotocols", [[], [V2]])
async def test_a_session_whose_token_expires_is_closed_with_4001(subprotocols: list[str]) -> None:
    checks = Checks(1_000)
    app = app_with(checks)
    async with speaking(app, "anna_60", subprotocols) as phone:
        await seconds_pass(59)
        closed_early = phone.close_code
        checks.now += 60
        await seconds_pass(2)
        assert (closed_early, phone.close_code) == (None, 4001)
    assert app.store.view().parked == len(subprotocols)
    app.store.close()


async def test_a_newer_token_keeps_it_open_and_is_answered() -> None:
    checks = Checks(1_000)
    app = app_with(checks)
    async with speaking(app, "anna_60", [V2]) as phone:
        await seconds_pass(30)
        phone.says("auth", token="anna_3600", ref="a1")  # noqa: S106 - made up
        phone.says("auth", token="anna_3600")  # noqa: S106 - made up
        await a_moment()
        assert phone.heard[-1] == {"type": "received", "ref": "a1"}
        checks.now += 600
        await seconds_pass(600)
        assert phone.close_code is None
    app.store.close()


async def test_a_token_that_is_not_good_is_an_error_and_the_one_before_stays_good() -> None:
    app = an_app()
    async with speaking(app, token(), [V2]) as phone:
        phone.says("auth", token=token(lasts_s=-5), ref="a1")
        await a_moment()
        assert phone.heard[-1] == {
            "type": "error",
            "message": "token: the token has expired: get a new one",
            "code": "not_authenticated",
            "retryable": False,
            "ref": "a1",
        }
        assert phone.close_code is None
    assert app.observer.noted("token_refused") == [{"reason": "expired"}]
    app.store.close()


async def test_another_users_token_closes_with_4003_and_the_session_can_be_resumed() -> None:
    app = an_app()
    async with speaking(app, token(), [V2]) as phone:
        phone.says("auth", token=token("jan"))
        await a_moment()
        assert phone.close_code == 4003
    assert app.store.view().parked == 1
    app.store.close()


async def test_a_token_that_cannot_be_checked_may_be_sent_again() -> None:
    checks = Checks(1_000)
    app = app_with(checks)
    async with speaking(app, "anna_60", [V2]) as phone:
        checks.away = True
        for _ in range(30):
            phone.says("auth", token="anna_60")  # noqa: S106 - made up
            await a_moment()
        assert phone.heard[-1]["code"] == "cannot_authenticate"
        assert phone.heard[-1]["retry_after_ms"] == 5_000
        assert phone.close_code is None
    app.store.close()


async def test_while_nothing_can_be_checked_phones_are_told_to_come_again() -> None:
    checks = Checks(1_000)
    checks.away = True
    app = app_with(checks)
    async with in_header("anna_60").to(app) as phone:
        assert phone.refusal.status == 503
        assert phone.refusal.headers["retry-after"] == "5"
        assert phone.refusal.json["reason"] == "cannot_check"


async def test_where_nobody_is_asked_a_token_is_taken_as_it_comes() -> None:
    app = App()
    async with speaking(app, "whatever", [V2]) as phone:
        phone.says("auth", token="whatever", ref="a1")  # noqa: S106 - made up
        await a_moment()
        assert phone.heard[-1] == {"type": "received", "ref": "a1"}
    app.store.close()


# Tickets.


async def bought(app: App, text: str) -> str:
    answer = await request(
        app.asgi, "/tickets", method="POST", headers={"Authorization": f"Bearer {text}"}
    )
    assert answer.status == 201
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.json["user_id"], answer.json["expires_in_s"]) == ("anna", 30)
    ticket = answer.json["ticket"]
    assert isinstance(ticket, str)
    return ticket


@pytest.mark.parametrize("where", ["query", "subprotocol"])
async def test_a_ticket_lets_one_connection_in(where: str) -> None:
    app = an_app()
    ticket = await bought(app, token())
    if where == "query":
        shown = Shown(query=f"?ticket={ticket}", subprotocols=[V2])
    else:
        shown = Shown(subprotocols=[V2, f"ticket.{ticket}"])
    async with shown.to(app) as phone:
        assert (phone.accepted, phone.subprotocol) == (True, V2)
    async with shown.to(app) as phone:
        assert (phone.refusal.status, phone.refusal.json["reason"]) == (401, "bad_ticket")


async def test_a_ticket_is_its_users_and_is_used_up_by_whoever_shows_it() -> None:
    app = an_app()
    shown = Shown(query=f"?ticket={await bought(app, token())}")
    async with shown.to(app, "jan") as phone:
        assert (phone.refusal.status, phone.refusal.json["reason"]) == (403, "other_user")
    async with shown.to(app) as phone:
        assert phone.refusal.status == 401


@pytest.mark.parametrize(
    ("limit", "status", "waits_s"),
    [("MAX_SESSIONS", 503, 0), ("CONNECTS_PER_USER", 429, 60), ("SESSIONS_PER_ADDRESS", 429, 0)],
)
async def test_a_ticket_is_good_still_after_a_limit_was_in_the_way(
    limit: str, status: int, waits_s: float
) -> None:
    app = App({**SETTINGS, limit: "1"})
    user = "anna" if limit == "CONNECTS_PER_USER" else "jan"
    shown = Shown(query=f"?ticket={await bought(app, token())}")
    async with in_header(token(user)).to(app, user) as first:
        assert first.accepted
        async with shown.to(app) as phone:
            assert phone.refusal.status == status
    await seconds_pass(waits_s)
    async with shown.to(app) as phone:
        assert phone.accepted
    await seconds_pass(waits_s)
    async with shown.to(app) as phone:
        assert (phone.refusal.status, phone.refusal.json["reason"]) == (401, "bad_ticket")


class SlowShelf(TicketsHere):
    """A shelf as Redis is one: whoever looks or takes lets others have their turn first."""

    async def look(self, digest: str) -> bytes | None:
        await asyncio.sleep(0)
        return await super().look(digest)

    async def take(self, digest: str) -> bytes | None:
        await asyncio.sleep(0)
        return await super().take(digest)


async def test_of_many_who_show_a_ticket_at_once_one_is_let_in() -> None:
    tickets = Tickets(SlowShelf(), ttl_s=30)
    door = GuardedDoor(Tokens(SharedSecret(SECRET), Claims()), tickets)
    app = App(access=replace(an_app().access, door=door, tickets=tickets))
    shown = Shown(query=f"?ticket={await bought(app, token())}")

    async def show() -> int:
        async with shown.to(app) as phone:
            return 101 if phone.accepted else phone.refusal.status

    assert sorted(await asyncio.gather(*(show() for _ in range(10)))) == [101] + [401] * 9


async def test_a_store_that_goes_away_before_a_ticket_is_used_up_lets_nobody_in() -> None:
    class Going(TicketsHere):
        async def take(self, digest: str) -> bytes | None:
            raise StoreUnavailable(digest)

    tickets = Tickets(Going(), ttl_s=30)
    door = GuardedDoor(Tokens(SharedSecret(SECRET), Claims()), tickets)
    app = App(access=replace(an_app().access, door=door, tickets=tickets))
    shown = Shown(query=f"?ticket={await bought(app, token())}")
    for user in ("anna", "jan"):
        async with shown.to(app, user) as phone:
            assert (phone.refusal.status, phone.refusal.json["reason"]) == (503, "cannot_check")


async def test_a_connection_by_ticket_ends_with_the_ticket_buyers_token() -> None:
    checks = Checks(1_000)
    app = app_with(checks)
    ticket = await bought(app, "anna_20")
    late = await bought(app, "anna_20")
    async with Shown(query=f"?ticket={ticket}").to(app) as phone:
        checks.now += 20
        await seconds_pass(21)
        assert phone.close_code == 4001
    async with Shown(query=f"?ticket={late}").to(app) as phone:
        assert (phone.refusal.status, phone.refusal.json["reason"]) == (401, "expired")


@pytest.mark.parametrize(
    ("headers", "query", "reason"),
    [
        ({}, "", "nothing_shown"),
        ({"Authorization": "Bearer nonsense"}, "", "malformed"),
        ({}, "?ticket=x", "ticket"),
    ],
)
async def test_without_a_token_there_is_no_ticket(
    headers: dict[str, str], query: str, reason: str
) -> None:
    app = an_app()
    answer = await request(app.asgi, f"/tickets{query}", method="POST", headers=headers)
    assert (answer.status, answer.json["reason"]) == (401, reason)
    assert app.observer.noted("ticket_refused") == [
        {"status": 401, "cause": reason, "address": "192.0.2.7"}
    ]


async def test_a_user_gets_no_more_tickets_than_there_may_be_handshakes() -> None:
    app = App({**SETTINGS, "CONNECTS_PER_USER": "2"})
    for _ in range(2):
        await bought(app, token())
    shown = {"Authorization": f"Bearer {token()}"}
    answer = await request(app.asgi, "/tickets", method="POST", headers=shown)
    assert (answer.status, answer.headers["retry-after"]) == (429, "30")
    (noted,) = app.observer.noted("ticket_refused")
    assert (noted["status"], noted["cause"]) == (429, "user_tickets")
    others = {"Authorization": f"Bearer {token('ola')}"}
    answer = await request(app.asgi, "/tickets", method="POST", headers=others)
    assert answer.status == 201


async def test_where_nobody_is_asked_there_are_no_tickets() -> None:
    answer = await request(App().asgi, "/tickets", method="POST")
    assert (answer.status, answer.json["reason"]) == (403, "anonymous")


async def test_a_store_that_is_away_neither_gives_tickets_nor_takes_any() -> None:
    class Away:
        async def put(self, digest: str, bearer: bytes, ttl_s: float) -> None:
            raise StoreUnavailable(f"{len(digest)} {len(bearer)} {ttl_s}")

        async def look(self, digest: str) -> bytes | None:
            raise StoreUnavailable(digest)

        async def take(self, digest: str) -> bytes | None:
            raise StoreUnavailable(digest)

    tickets = Tickets(Away(), ttl_s=30)
    door = GuardedDoor(Tokens(SharedSecret(SECRET), Claims()), tickets)
    asked = an_app()
    app = App(access=replace(asked.access, door=door, tickets=tickets))
    answer = await request(
        app.asgi, "/tickets", method="POST", headers={"Authorization": f"Bearer {token()}"}
    )
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    (noted,) = asked.observer.noted("ticket_not_given")
    assert (noted["cause"], noted["status"], noted["address"]) == ("cannot_check", 503, "192.0.2.7")
    async with Shown(query="?ticket=x").to(app) as phone:
        assert (phone.refusal.status, phone.refusal.json["reason"]) == (503, "cannot_check")
