from __future__ import annotations

import msgspec
import pytest
from google.genai import types

from shopping import UNDO_NAME, declaration, locale_for, undo_declaration
from shopping.tool import UpdateShoppingList

SUBSET = {"type", "description", "enum", "minimum", "maximum"}


@pytest.mark.parametrize("language", ["pl-PL", "en-US", "de-DE"])
def test_google_genai_takes_the_declaration_as_it_is(language: str) -> None:
    declared = declaration(locale_for(language))
    taken = types.FunctionDeclaration.model_validate(declared)
    assert taken.name == "update_shopping_list"
    assert taken.behavior is types.Behavior.NON_BLOCKING
    sent = taken.model_dump(mode="json", exclude_none=True, by_alias=True)
    assert sent == declared


def test_google_genai_takes_the_declaration_of_undo_as_it_is() -> None:
    declared = undo_declaration()
    taken = types.FunctionDeclaration.model_validate(declared)
    assert taken.name == UNDO_NAME
    assert taken.model_dump(mode="json", exclude_none=True, by_alias=True) == declared


@pytest.mark.parametrize("language", ["pl-PL", "en-US"])
def test_the_model_is_told_when_to_call_undo(language: str) -> None:
    assert UNDO_NAME in locale_for(language).instruction


def test_the_declaration_says_what_the_arguments_type_says() -> None:
    declared = declaration(locale_for("pl"))
    assert set(declared) == {"name", "description", "behavior", "parameters"}
    match declared["parameters"]:
        case {"type": "OBJECT", "required": required, "properties": dict(fields), **others}:
            assert required == ["action", "name"]
            assert tuple(fields) == UpdateShoppingList.__struct_fields__
            assert others == {}
        case other:
            pytest.fail(f"no object: {other}")
    assert all(field["description"] and set(field) <= SUBSET for field in fields.values())
    assert fields["action"]["enum"] == ["add", "remove", "update"]


@pytest.mark.parametrize(
    ("language", "category", "unit"), [("pl", "Nabiał", "szt"), ("en", "Dairy", "pcs")]
)
def test_category_and_unit_are_the_locales(language: str, category: str, unit: str) -> None:
    declared = msgspec.json.encode(declaration(locale_for(language))).decode()
    assert f'"enum":["{category}",' in declared
    assert f" {unit}, " in declared
