from __future__ import annotations

import base64
import hashlib
import re

import pytest

from tests.support.an_app import App
from tests.support.asgi import request

JSON = ["/asyncapi.json", "/openapi.json"]
PAGES = ["/docs", "/docs/asyncapi", "/docs/openapi"]


@pytest.mark.parametrize(
    ("path", "key", "version"),
    [("/asyncapi.json", "asyncapi", "3.0.0"), ("/openapi.json", "openapi", "3.1.1")],
)
async def test_descriptions_are_json(path: str, key: str, version: str) -> None:
    answer = await request(App().asgi, path)
    assert (answer.status, answer.json[key]) == (200, version)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_html_that_may_only_be_shown(path: str) -> None:
    answer = await request(App().asgi, path)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    (style,) = re.findall(rb"<style>(.*?)</style>", answer.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


@pytest.mark.parametrize("path", PAGES)
async def test_links_between_pages_lead_somewhere(path: str) -> None:
    app = App()
    body = (await request(app.asgi, path)).body.decode()
    folder = path.rpartition("/")[0]
    for link in re.findall(r'href="([^#"]+)"', body):
        target = link.removeprefix("../") if link.startswith("../") else f"{folder}/{link}"
        assert (await request(app.asgi, f"/{target.removeprefix('/')}")).status == 200


@pytest.mark.parametrize("path", JSON + PAGES)
@pytest.mark.parametrize("known", ["{}", 'W/{}, "another"', "*"])
async def test_who_has_it_already_is_told_so(path: str, known: str) -> None:
    app = App()
    first = await request(app.asgi, path)
    headers = {"If-None-Match": known.format(first.headers["etag"])}
    again = await request(app.asgi, path, headers=headers)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("path", JSON + PAGES)
async def test_who_has_another_gets_it(path: str) -> None:
    answer = await request(App().asgi, path, headers={"If-None-Match": '"another"'})
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", JSON + PAGES)
async def test_descriptions_are_there_before_and_after_sessions_are_taken(path: str) -> None:
    app = App(starting=True)
    assert (await request(app.asgi, path)).status == 200
    app.readiness.note_draining()
    assert (await request(app.asgi, path)).status == 200
