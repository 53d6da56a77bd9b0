from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from gateway.version import NAME, VERSION
from tests.support.an_app import App
from tests.support.asgi import Answer, request

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def test_name_and_version_are_the_projects() -> None:
    assert (PROJECT["name"], PROJECT["version"]) == (NAME, VERSION)


async def test_an_unknown_path_is_answered_in_json() -> None:
    answer = await request(App().asgi, "/nothing?key=secret")
    assert answer.status == 404
    assert answer.json == {"error": "there is nothing at /nothing: GET / says what this is"}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("DELETE", "/sessions"), ("PUT", "/sessions/a")]
)
async def test_a_method_that_is_not_allowed_is_answered_in_json(method: str, path: str) -> None:
    answer = await request(App().asgi, path, method=method)
    assert answer.status == 405
    assert answer.json == {"error": f"{method} is not allowed at {path}"}
    assert answer.headers["allow"]


async def test_an_error_of_ours_is_answered_in_json_and_raised_for_the_servers_log() -> None:
    app = App()
    app.upstream.broken = LookupError("a bug")
    sent: list[Answer] = []
    with pytest.raises(LookupError):
        await request(app.asgi, "/health", answers=sent)
    (answer,) = sent
    assert (answer.status, answer.json) == (500, {"error": "an error of ours; it has been logged"})
