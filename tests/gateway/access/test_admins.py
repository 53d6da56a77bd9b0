from __future__ import annotations

import dataclasses
import math
import time

import pytest

from actors.ports import CannotCheck, NotAdmitted
from gateway.access.admins import Admin, Admins
from gateway.access.identity import Identity
from gateway.access.tokens import Claims, SharedSecret, Tokens
from gateway.setting_values import Secret
from tests.support.an_app import App
from tests.support.asgi import Answer, request
from tests.support.tokens import SECRET, signed

TOKEN = "token-of-the-admins"  # noqa: S105 - made up
TOKENS = Tokens(SharedSecret(SECRET), Claims())
BOTH = Admins(Secret(TOKEN), role="admin", tokens=TOKENS)
BY_ROLE = Admins(None, role="admin", tokens=TOKENS)
SETTINGS = {"AUTH_JWT_SECRET": SECRET, "ADMIN_ROLE": "admin"}


async def refused(admins: Admins, authorization: str) -> NotAdmitted:
    with pytest.raises(NotAdmitted) as caught:
        await admins.find(authorization)
    return caught.value


async def test_an_admin_has_the_token_or_the_role() -> None:
    now = int(time.time())
    ola = signed(user="ola", roles=["admin"], now=now, lasts_s=60)
    until = now + 60 + Claims().skew_s
    assert await BOTH.find(f"Bearer {TOKEN}") == Admin("ADMIN_TOKEN", math.inf)
    assert await BOTH.find(f"Bearer {ola}") == Admin("jwt:ola", until)
    assert await BY_ROLE.find(f"Bearer {ola}") == Admin("jwt:ola", until)


async def test_a_user_with_the_name_of_the_services_token_is_told_apart_from_it() -> None:
    posing = signed(user="ADMIN_TOKEN", roles=["admin"], now=time.time())
    by_token, by_role = [await BOTH.find(f"Bearer {shown}") for shown in (TOKEN, posing)]
    assert (by_token.name, by_role.name) == ("ADMIN_TOKEN", "jwt:ADMIN_TOKEN")


async def test_a_shopper_is_no_admin() -> None:
    caught = await refused(BOTH, f"Bearer {signed(now=time.time())}")
    assert (caught.reason, caught.forbidden) == ("no_admin", True)


@pytest.mark.parametrize("authorization", ["", "Bearer", f"Basic {TOKEN}", TOKEN])
async def test_who_shows_nothing_is_told_what_is_wanted(authorization: str) -> None:
    assert "ADMIN_TOKEN" in (await refused(BOTH, authorization)).problem
    assert "a token with the role admin" in (await refused(BY_ROLE, authorization)).problem


async def test_without_roles_a_jwt_is_not_even_looked_at() -> None:
    token = signed(roles=["admin"], now=time.time())
    assert (await refused(Admins(Secret(TOKEN)), f"Bearer {token}")).reason == "wrong_token"


def test_without_token_and_role_there_are_no_admins() -> None:
    assert not Admins(None).switched_on
    assert not Admins(None, role="admin").switched_on
    assert BY_ROLE.switched_on


async def ask(app: App, token: str) -> Answer:
    return await request(app.asgi, "/sessions", headers={"Authorization": f"Bearer {token}"})


async def test_over_http_an_admins_jwt_is_good_and_a_shoppers_is_forbidden() -> None:
    app = App(SETTINGS)
    now = time.time()
    assert (await ask(app, signed(roles="admin", now=now))).status == 200
    forbidden = await ask(app, signed(now=now))
    assert (forbidden.status, forbidden.json) == (403, {"error": "this token is no admin's"})
    expired = await ask(app, signed(roles="admin", now=now, lasts_s=-60))
    assert (expired.status, expired.json["error"]) == (401, "the token has expired: get a new one")


async def test_over_http_a_token_that_cannot_be_checked_is_neither_good_nor_bad() -> None:
    class Away:
        async def check(self, token: str) -> Identity:
            raise CannotCheck(f"no keys for {len(token)} characters")

    admins = Admins(None, role="admin", tokens=Away())
    app = App(access=dataclasses.replace(App().access, admins=admins))
    answer = await ask(app, "a.b.c")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
