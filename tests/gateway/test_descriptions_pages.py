"""The pages for people: all that the descriptions say, and nothing that is fetched or run."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from gateway.descriptions import asyncapi, asyncapi_page, frame, openapi, openapi_page
from gateway.descriptions.fields import example, table_of_fields, type_of
from gateway.descriptions.markup import Html, blocks, joined, line, tag

VOID = {"meta", "br", "hr"}
FETCHING = {"script", "img", "iframe", "link", "object", "embed", "video", "audio", "base", "form"}


class Page(HTMLParser):
    """A page that was read, and was well-formed."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(html.decode())
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "a":
            self.links.append(found["href"] or "")
        assert not any(name.startswith("on") or name in {"src", "style"} for name in found)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data


ASYNCAPI, OPENAPI = asyncapi.document(), openapi.document()
PAGES = {
    "asyncapi": Page(asyncapi_page.page(ASYNCAPI)),
    "openapi": Page(openapi_page.page(OPENAPI)),
    "index": Page(
        frame.index(
            "the name",
            [("HTTP", "OpenAPI 3.1", "docs/openapi", "o.json")],
            introduction="What it is.",
        )
    ),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_page_fetches_nothing_and_runs_nothing(page: Page) -> None:
    assert not page.tags & FETCHING
    assert not [link for link in page.links if ":" in link or link.startswith("//")]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_links_within_a_page_lead_somewhere(page: Page) -> None:
    within = {link[1:] for link in page.links if link.startswith("#")}
    assert within <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("document", [ASYNCAPI, OPENAPI], ids=["asyncapi", "openapi"])
def test_every_field_with_its_description_is_on_the_page(document: dict[str, Any]) -> None:
    page = PAGES["asyncapi" if "asyncapi" in document else "openapi"]
    for schema in document["components"]["schemas"].values():
        for name, part in schema["properties"].items():
            assert name in page.text
            assert part.get("description", "").replace("`", "") in page.text


def test_every_message_has_its_place_in_each_version() -> None:
    for key, channel in ASYNCAPI["channels"].items():
        for message in channel["messages"]:
            assert f"{key}-{message}" in PAGES["asyncapi"].ids


def test_every_call_has_its_place() -> None:
    for methods in OPENAPI["paths"].values():
        for operation in methods.values():
            assert operation["operationId"] in PAGES["openapi"].ids


def test_the_way_to_the_pages_begins_with_what_this_is() -> None:
    assert "What it is." in PAGES["index"].text


def test_answers_that_most_calls_share_stand_there_once_and_others_with_their_call() -> None:
    page = PAGES["openapi"].text
    assert page.count("A bug of ours.") == 1
    for methods in OPENAPI["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                assert response["description"].replace("`", "") in page


def test_calls_say_whose_token_they_want() -> None:
    wanted = [
        name
        for methods in OPENAPI["paths"].values()
        for operation in methods.values()
        for one in operation["security"]
        for name in one
    ]
    page = PAGES["openapi"].text
    assert page.count("Wants Authorization: Bearer ADMIN_TOKEN.") == wanted.count("adminToken")
    assert page.count("Wants a phone's token") == wanted.count("phoneToken") > 0


def test_codes_are_on_the_page() -> None:
    for said in ("4009", "the same user connected elsewhere", "nothing_to_undo", "not_heard"):
        assert said in PAGES["asyncapi"].text


def test_bounds_are_on_the_page() -> None:
    for said in ("1 to 80 characters", "320 to 64\u202f000 bytes", "at least 2 bytes", "above 0"):
        assert said in PAGES["asyncapi"].text


@pytest.mark.parametrize(
    "html",
    [
        tag("p", "<script>"),
        tag("p", "", title='"><script>'),
        joined(["<script>"]),
        blocks("<script>"),
        line("a <script> `<script>`"),
        example("<script>"),
    ],
)
def test_what_is_no_html_is_escaped(html: Html) -> None:
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_names_and_values_are_escaped() -> None:
    field = {"const": "<b>", "description": "<b>", "x-enumDescriptions": {"<b>": "<b>"}}
    table = table_of_fields({"properties": {"<b>": field}, "required": []})
    assert "<b>" not in table


def test_pictures_are_not_fetched() -> None:
    assert "<img" not in blocks("![a picture](https://elsewhere.example/a.png)")


def test_long_strings_are_cut_in_examples() -> None:
    assert "… (428 characters)" in PAGES["asyncapi"].text


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer"),
        ({"type": "string", "contentEncoding": "base64"}, "string, base64"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
    ],
)
def test_types_are_told_in_words(schema: dict[str, Any], said: str) -> None:
    assert type_of(schema) == said
