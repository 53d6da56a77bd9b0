"""`/openapi.json` against the application; tests/e2e/test_descriptions.py has it validated."""

from __future__ import annotations

import contextlib
from typing import Any

import jsonschema
import msgspec
import pytest
from starlette.routing import Route

from gateway.descriptions.openapi import document
from schemas import admin
from tests.support.an_app import App
from tests.support.asgi import connected, request

DOCUMENT = msgspec.json.decode(msgspec.json.encode(document()))
TOKEN = "token-of-the-admins"  # noqa: S105 - made up
OPERATIONS = {
    (method, path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def example(operation: Any, status: int) -> Any:  # noqa: ANN401 - JSON is anything
    return operation["responses"][str(status)]["content"]["application/json"]["example"]


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    routes = {
        (method.lower(), route.path.replace(":path}", "}"))
        for route in App().asgi.http.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert set(OPERATIONS) == routes


def test_every_field_is_described() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert schema["description"], name
        for field, part in schema["properties"].items():
            assert part["description"], f"{name}.{field}"


def test_examples_are_what_they_are_examples_of() -> None:
    for operation in OPERATIONS.values():
        for response in operation["responses"].values():
            content = response.get("content", {}).get("application/json", {})
            if "example" in content:
                kind = getattr(admin, content["schema"]["$ref"].rpartition("/")[2])
                msgspec.convert(content["example"], kind)


def test_calls_for_admins_want_their_token() -> None:
    wanting = {key for key, one in OPERATIONS.items() if {"adminToken": []} in one["security"]}
    assert wanting == {key for key in OPERATIONS if key[1].startswith(("/sessions", "/drain"))}


@pytest.mark.parametrize(("method", "path"), [key for key in OPERATIONS if "sessions" in key[1]])
async def test_what_is_refused_is_refused_as_described(method: str, path: str) -> None:
    operation = OPERATIONS[method, path]
    switched_off, without_token = App(), App({"ADMIN_TOKEN": TOKEN})
    for app, status in ((switched_off, 403), (without_token, 401)):
        answer = await request(app.asgi, path.format(user_id="anna"), method=method.upper())
        assert (answer.status, answer.json) == (status, example(operation, status))


@pytest.mark.parametrize("method", ["get", "delete"])
async def test_user_without_a_session_is_not_found_as_described(method: str) -> None:
    answer = await request(
        App({"ADMIN_TOKEN": TOKEN}).asgi,
        "/sessions/anna",
        method=method.upper(),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    operation = OPERATIONS[method, "/sessions/{user_id}"]
    assert (answer.status, answer.json) == (404, example(operation, 404))


async def test_plain_get_of_a_websocket_is_answered_as_described() -> None:
    answer = await request(App().asgi, "/ws/anna")
    assert (answer.status, answer.json) == (426, example(OPERATIONS["get", "/ws/{user_id}"], 426))


async def test_calls_without_parameters_are_answered_as_described() -> None:
    app = App()
    for (_, path), operation in OPERATIONS.items():
        if "{" in path or operation["security"]:
            continue
        answer = await request(app.asgi, path)
        (media,) = operation["responses"][str(answer.status)]["content"]
        assert answer.headers["content-type"].partition(";")[0] == media


@pytest.mark.parametrize("status", ["starting", "draining", "full"])
async def test_whatever_readyz_says_while_no_session_is_taken_is_described(status: str) -> None:
    app = App({"MAX_SESSIONS": "1"}, starting=status == "starting")
    if status == "draining":
        app.readiness.note_draining()
    async with contextlib.AsyncExitStack() as stack:
        if status == "full":
            await stack.enter_async_context(connected(app.asgi, "/ws/anna"))
        answer = await request(app.asgi, "/readyz")
    assert (answer.status, answer.json) == (503, {"status": status})
    described = OPERATIONS["get", "/readyz"]["responses"]["503"]
    assert f"`{status}`" in described["description"]
    schema = described["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json, {**DOCUMENT, **schema})


def test_readyz_has_no_word_that_is_not_described() -> None:
    words = set(DOCUMENT["components"]["schemas"]["Probe"]["properties"]["status"]["enum"]) - {"ok"}
    described = OPERATIONS["get", "/readyz"]["responses"]["503"]["description"]
    assert {word for word in words if f"`{word}`" in described} == words
