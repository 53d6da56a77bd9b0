"""`/openapi.json` against the application; tests/e2e/test_descriptions.py has it validated."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.descriptions.openapi import document
from gateway.front import Front
from gateway.readiness import Readiness
from schemas import admin
from tests.support.an_app import App
from tests.support.asgi import Answer, connected, request

DOCUMENT = msgspec.json.decode(msgspec.json.encode(document()))
GATEWAY = Path(__file__).parents[2] / "gateway"
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


CALLED = [key for key in OPERATIONS if key[1] not in {"/livez", "/readyz"}]
ACTING = [key for key in CALLED if key[0] != "get"]


async def asked(app: ASGIApp, method: str, path: str, headers: Mapping[str, str]) -> Answer:
    return await request(
        app, path.format(user_id="anna"), method=method.upper(), headers=dict(headers)
    )


@pytest.mark.parametrize(("method", "path"), CALLED)
async def test_a_name_that_the_service_does_not_go_by_is_refused_as_described(
    method: str, path: str
) -> None:
    app = App({"ALLOWED_HOSTS": "voice.example"})
    answer = await asked(app.asgi, method, path, {"Host": "evil.example"})
    described = OPERATIONS[method, path]["responses"]["400"]
    assert (answer.status, "`Host`" in described["description"]) == (400, True)
    schema = described["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json, {**DOCUMENT, **schema})


@pytest.mark.parametrize(("method", "path"), ACTING)
async def test_a_page_from_elsewhere_is_refused_as_described(method: str, path: str) -> None:
    answer = await asked(App().asgi, method, path, {"Origin": "https://evil.example"})
    described = OPERATIONS[method, path]["responses"]["403"]
    assert (answer.status, "`Origin`" in described["description"]) == (403, True)


@pytest.mark.parametrize(("method", "path"), CALLED)
async def test_what_a_process_that_has_only_begun_answers_is_described(
    method: str, path: str
) -> None:
    answer = await asked(Front(Readiness(), patience_s=0), method, path, {})
    described = OPERATIONS[method, path]["responses"]["503"]
    assert (answer.status, "starting" in described["description"]) == (503, True)
    schema = described["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json, {**DOCUMENT, **schema})


@pytest.mark.parametrize(("method", "path"), sorted(set(OPERATIONS) - set(CALLED)))
async def test_probes_are_answered_to_any_name_from_the_beginning(method: str, path: str) -> None:
    for app in (App({"ALLOWED_HOSTS": "voice.example"}).asgi, Front(Readiness(), patience_s=0)):
        answer = await asked(app, method, path, {"Host": "10.0.0.7"})
        assert str(answer.status) in OPERATIONS[method, path]["responses"]


@pytest.mark.parametrize(
    ("setting", "user", "status"),
    [
        ({"CONNECTS_PER_USER": "1"}, "anna", 429),
        ({"CONNECTS_PER_ADDRESS": "1"}, "ben", 429),
        ({"SESSIONS_PER_ADDRESS": "1"}, "ben", 429),
        ({"MAX_SESSIONS": "1"}, "ben", 503),
    ],
)
async def test_a_phone_that_finds_no_room_is_refused_as_described(
    setting: dict[str, str], user: str, status: int
) -> None:
    app = App(setting)
    async with connected(app.asgi, "/ws/anna"), connected(app.asgi, f"/ws/{user}") as phone:
        answer = phone.refusal
    app.store.close()
    assert answer.status == status
    assert int(answer.headers["retry-after"]) >= 1
    described = OPERATIONS["get", "/ws/{user_id}"]["responses"][str(status)]
    assert "`Retry-After`" in described["description"]
    schema = described["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json, {**DOCUMENT, **schema})


def test_every_status_that_stands_in_the_code_of_handshakes_is_described() -> None:
    statuses = {
        HTTPStatus[node.attr]
        for module in ("access/doorstep", "connects", "endpoints/answers", "endpoints/websocket")
        for node in ast.walk(ast.parse((GATEWAY / f"{module}.py").read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "HTTPStatus"
    }
    elsewhere = {HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
    described = OPERATIONS["get", "/ws/{user_id}"]["responses"]
    assert {str(status.value) for status in statuses - elsewhere} <= set(described)


def test_every_429_says_when_to_come_again() -> None:
    for operation in OPERATIONS.values():
        for status, response in operation["responses"].items():
            assert ("Retry-After" in response.get("headers", {})) == (status == "429")


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
