from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.an_app import App
from tests.support.asgi import Answer, connected, request

SHOP = {"ALLOWED_ORIGINS": "https://shop.example", "ALLOWED_HOSTS": "voice.example,*.in.example"}
OURS = {"Host": "voice.example"}


async def handshake(app: App, headers: Mapping[str, str]) -> int:
    """Return 101 if a phone is let in, else the status."""
    async with connected(app.asgi, "/ws/anna", headers=headers) as phone:
        return 101 if phone.accepted else phone.refusal.status


async def get(app: App, path: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
    return await request(app.asgi, path, headers=headers, method=method)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 101),
        ("LOCALHOST", 101),
        ("127.0.0.1:8000", 101),
        ("[::1]:8000", 101),
        ("localhost.", 101),
        ("10.0.2.2:8000", 101),
        ("[fd00::2]", 101),
        ("10.0.2.2.evil.example", 400),
        ("rebound.evil.example:8000", 400),
        ("127.0.0.1.evil.example", 400),
        ("[::1].evil.example", 400),
        ("localhost:evil", 400),
        ("", 400),
    ],
)
async def test_on_loopback_a_page_cannot_have_its_own_name_looked_up_as_ours(
    host: str, status: int
) -> None:
    assert await handshake(App(), {"Host": host}) == status


@pytest.mark.parametrize(
    "settings",
    [
        {"ALLOW_ANONYMOUS": "true"},
        {"ALLOW_ANONYMOUS": "true", "HOST": "0.0.0.0"},  # noqa: S104 - not listened on
        {"AUTH_JWT_SECRET": "0123456789abcdefghijklmnopqrstuvwxyz"},
    ],
)
async def test_elsewhere_the_service_may_be_called_anything(settings: dict[str, str]) -> None:
    answer = await get(App(settings), "/", {"Host": "anything.example"})
    assert answer.status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("voice.example", 200),
        ("VOICE.example:443", 200),
        ("a.in.example", 200),
        ("a.b.in.example", 200),
        ("in.example", 400),
        ("xin.example", 400),
        ("localhost", 400),
    ],
)
async def test_only_the_names_that_are_set_are_ours(host: str, status: int) -> None:
    answer = await get(App(SHOP), "/", {"Host": host})
    assert answer.status == status
    if status == 400:
        assert "ALLOWED_HOSTS" in answer.json["error"]


async def test_probes_come_by_address() -> None:
    for path in ("/livez", "/readyz"):
        assert (await get(App(SHOP), path, {"Host": "10.0.0.7:8000"})).status == 200
    async with connected(App(SHOP).asgi, "/livez", headers={"Host": "10.0.0.7"}) as phone:
        assert phone.refusal.status == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 101),
        ("https://shop.example", 101),
        ("HTTPS://SHOP.EXAMPLE", 101),
        ("https://voice.example", 101),
        ("http://voice.example", 101),
        ("https://voice.example:443", 101),
        ("https://voice.example:8443", 403),
        ("https://evil.example", 403),
        ("https://shop.example.evil.example", 403),
        ("http://shop.example", 403),
        ("file://voice.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_pages_from_elsewhere_open_no_socket(origin: str | None, status: int) -> None:
    headers = OURS if origin is None else {**OURS, "Origin": origin}
    app = App(SHOP)
    assert await handshake(app, headers) == status
    if status == 403:
        (noted,) = app.observer.noted("handshake_refused")
        assert noted["cause"] == "origin"


async def test_a_native_app_that_sends_the_services_own_origin_is_let_in() -> None:
    headers = {"Host": "10.0.2.2:8000", "Origin": "http://10.0.2.2:8000"}
    assert await handshake(App({"ALLOW_ANONYMOUS": "true"}), headers) == 101


async def test_pages_from_elsewhere_change_nothing_and_see_nothing() -> None:
    app = App({**SHOP, "ADMIN_TOKEN": "t"})
    evil = {**OURS, "Origin": "https://evil.example"}
    for method, path in (("DELETE", "/sessions/anna"), ("POST", "/tickets")):
        answer = await get(app, path, evil, method)
        assert (answer.status, "ALLOWED_ORIGINS" in answer.json["error"]) == (403, True)
    refused = {"status": 403, "cause": "origin", "address": "192.0.2.7"}
    assert app.observer.noted("request_refused") == [refused, refused]
    seen = await get(app, "/", evil)
    assert seen.status == 200
    assert "access-control-allow-origin" not in seen.headers


async def test_an_allowed_page_sees_the_answers() -> None:
    shop = {**OURS, "Origin": "https://shop.example"}
    answer = await get(App(SHOP), "/", shop)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["vary"] == "Origin"


async def test_a_browser_that_asks_before_is_told_what_an_allowed_page_may() -> None:
    shop = {
        **OURS,
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
    }
    answer = await get(App(SHOP), "/tickets", shop, "OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE"
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    assert "access-control-allow-credentials" not in answer.headers
    evil = {**shop, "Origin": "https://evil.example"}
    app = App(SHOP)
    assert (await get(app, "/tickets", evil, "OPTIONS")).status == 403
    assert app.observer.noted("request_refused") == [
        {"status": 403, "cause": "origin", "address": "192.0.2.7"}
    ]


async def test_options_that_no_browser_asks_for_are_not_allowed() -> None:
    assert (await get(App(SHOP), "/tickets", OURS, "OPTIONS")).status == 405
