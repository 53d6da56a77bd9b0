from __future__ import annotations

import pytest

from emulator.brain import Intent
from emulator.calls import FunctionCallDraft, fill

Json = dict[str, object]

UNDO = Intent("undo", "mleko", None, None, None)
MILK = Intent("add", "mleko", 2.0, "l", "Nabiał")
NO_MILK = Intent("remove", "mleko", None, None, "Nabiał")

LIST: Json = {
    "name": "update_shopping_list",
    "description": "Adds, removes or updates a product. Call undo_last_change to undo.",
    "parameters": {
        "type": "OBJECT",
        "properties": {
            "action": {"type": "STRING", "enum": ["add", "remove", "update"]},
            "item_name": {"type": "STRING"},
        },
        "required": ["action", "item_name"],
    },
}
NO_PARAMETERS: list[Json] = [
    {},
    {"parameters": {}},
    {"parameters": {"type": "OBJECT"}},
    {"parameters": {"type": "OBJECT", "properties": {}}},
    {"parametersJsonSchema": {"type": "object", "properties": {}}},
]


def named(name: str, about: str = "", properties: Json | None = None, *required: str) -> Json:
    schema = {"type": "object", "properties": properties or {}, "required": list(required)}
    return {"name": name, "description": about, "parametersJsonSchema": schema}


@pytest.mark.parametrize("parameters", NO_PARAMETERS)
def test_an_undo_without_parameters_is_called_without_arguments(parameters: Json) -> None:
    undo: Json = {"name": "undo_last_change", "behavior": "NON_BLOCKING", **parameters}
    assert fill([LIST, undo], [UNDO]) == [FunctionCallDraft("undo_last_change", {})]


@pytest.mark.parametrize(
    "undo",
    [
        named("undo"),
        named("undoLastChange"),
        named("cofnij_ostatnia_zmiane"),
        named("revert_shopping_list"),
        named("take_back", "Undo the last change of the list."),
        named("take_back", "Takes no parameters. Reverts the last change."),
        named("wstecz", "Cofnij ostatnią zmianę."),
        named("list_command", "", {"action": {"type": "string", "enum": ["undo", "print"]}}),
        named("undo_item", "Undoes adding a product.", {"item_name": {"type": "string"}}),
    ],
)
def test_an_undo_is_known_by_its_name_its_description_or_its_choices(undo: Json) -> None:
    (draft,) = fill([LIST, undo], [UNDO])
    assert draft.name == undo["name"]
    assert [draft.name for draft in fill([LIST, undo], [MILK, NO_MILK])] == [LIST["name"]] * 2
    assert fill([undo], [MILK, NO_MILK]) == []


@pytest.mark.parametrize(
    "other",
    [
        LIST,
        named("turn_on_the_lights", "Turns on the lights."),
        named("clear_list", "Clears the list; undo is possible for a minute."),
        named("empty", "Wipes all. There is no undo."),
        named("finish", "Ends it without undo."),
        named("add_product", "Adds one; undo takes it back.", {"product": {"type": "string"}}),
    ],
)
def test_a_function_for_something_else_is_not_called_to_undo(other: Json) -> None:
    assert fill([other], [UNDO]) == []


def test_an_action_may_be_to_undo() -> None:
    action = {"type": "string", "enum": ["ADD", "REMOVE", "UNDO"]}
    both = named("edit", "", {"action": action, "product": {"type": "string"}}, "action", "product")
    assert [draft.args for draft in fill([both], [UNDO, MILK])] == [
        {"action": "UNDO", "product": "mleko"},
        {"action": "ADD", "product": "mleko"},
    ]
    assert fill([both, named("undo")], [UNDO]) == [FunctionCallDraft("undo", {})]


def test_an_action_of_listed_products_may_be_to_undo() -> None:
    item = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "op": {"type": "string", "enum": ["insert", "delete", "revert"]},
        },
        "required": ["name", "op"],
    }
    edit = named("edit_list", "", {"items": {"type": "array", "items": item}}, "items")
    assert [draft.args for draft in fill([edit], [UNDO])] == [
        {"items": [{"name": "mleko", "op": "revert"}]}
    ]


def test_what_an_undo_requires_is_made_up() -> None:
    undo = named("undo", "", {"steps": {"type": "integer"}, "note": {"type": "string"}}, "steps")
    assert fill([undo], [UNDO]) == [FunctionCallDraft("undo", {"steps": 1})]
