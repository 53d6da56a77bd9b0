"""JSON Schemas of msgspec types, in the words that both descriptions understand."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.descriptions.schemas_of import schemas_of, summary_of
from schemas import admin, client, server
from schemas.shopping_list import Item


def schema(kind: type[msgspec.Struct], *, sent: bool) -> Any:  # noqa: ANN401 - JSON is anything
    return schemas_of([kind], sent=sent)[kind.__name__]


def test_what_a_type_is_made_of_is_there_once() -> None:
    names = list(schemas_of([client.Edit, client.RemoveItem], sent=False))
    assert names == ["Edit", "AddItem", "UpdateItem", "RemoveItem"]


def test_lines_on_attributes_become_descriptions_of_fields() -> None:
    resume = schema(client.Resume, sent=False)
    assert resume["description"] == "The session to go on with."
    described = {name: part["description"] for name, part in resume["properties"].items()}
    assert described == {
        "token": "from the newest `session` message.",
        "last_seq": "of the newest event that the app has stored.",
    }


def test_lines_that_go_on_are_one_description() -> None:
    draining = schema(admin.BreakerView, sent=True)["properties"]["attempts_per_s_bound"]
    assert draining["description"] == (
        "openings that begin in a second at most; `null` while closed."
    )


def test_fields_are_called_what_they_are_called_on_the_wire() -> None:
    transcript = schema(server.TranscriptV1, sent=True)
    assert "`isUser`" in transcript["description"]
    assert list(transcript["properties"]) == ["type", "text", "isUser"]


def test_summary_is_the_first_sentence() -> None:
    assert summary_of(client.StartSession) == "Open the Gemini link (v1)."


def test_what_is_read_may_lack_what_has_a_default() -> None:
    item = schema(client.ListedItem, sent=False)
    assert item["required"] == ["id", "name"]
    assert item["properties"]["quantity"]["default"] == 1


def test_what_is_sent_lacks_nothing() -> None:
    usage = schema(admin.UsageView, sent=True)
    assert usage["required"] == list(usage["properties"])
    assert "default" not in usage["properties"]["turns"]


def test_what_is_sent_without_its_defaults_is_never_null() -> None:
    detected = schema(server.ProductDetected, sent=True)
    assert detected["required"] == ["type", "seq", "product", "item", "by"]
    assert detected["properties"]["ref"]["type"] == "string"
    assert detected["properties"]["item"]["anyOf"] == [
        {"$ref": "#/components/schemas/Item"},
        {"type": "null"},
    ]


def test_reference_with_a_description_stands_alone() -> None:
    product = schema(server.ProductSuggested, sent=True)["properties"]["product"]
    assert product["allOf"] == [{"$ref": "#/components/schemas/Product"}]


def test_regular_expressions_are_those_of_ecmascript() -> None:
    assert schema(client.RemoveItem, sent=False)["properties"]["id"]["pattern"].endswith("$")
    language = schema(client.StartSession, sent=False)["properties"]["language"]
    assert language["anyOf"][0]["pattern"].endswith("$")


def test_alternatives_are_told_apart_by_their_constants() -> None:
    (operations,) = (
        part
        for name, part in schema(client.Edit, sent=False)["properties"].items()
        if name == "operations"
    )
    assert set(operations["items"]) == {"anyOf"}
    assert schema(client.AddItem, sent=False)["properties"]["op"] == {"const": "add"}


def test_whole_numbers_are_numbers() -> None:
    assert schema(Item, sent=True)["properties"]["quantity"]["type"] == "number"
