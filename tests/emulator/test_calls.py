from __future__ import annotations

import pytest

from emulator.brain import Intent, understand
from emulator.calls import FunctionCallDraft, fill

MILK = Intent("add", "mleko", 2.0, "l", "Nabiał")
HAM = Intent("add", "szynka", 25.0, "dag", "Mięso i wędliny")
BREAD = Intent("add", "chleb", None, None, "Pieczywo")
NO_BREAD = Intent("remove", "chleb", None, None, "Pieczywo")
THREE_MILKS = Intent("update", "mleko", 3.0, None, "Nabiał")
SAFFRON = Intent("add", "saffron", None, None, None)

Json = dict[str, object]


def called(declaration: Json, *intents: Intent) -> list[Json]:
    """Returns the arguments of the calls to one declared function."""
    drafts = fill([declaration], intents)
    assert all(draft.name == declaration["name"] for draft in drafts)
    return [draft.args for draft in drafts]


def declared(properties: Json, *required: str, name: str = "update_shopping_list") -> Json:
    """Declares a function in JSON Schema."""
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"name": name, "parametersJsonSchema": schema}


GEMINI_STYLE: Json = {
    "name": "manage_shopping_list",
    "description": "Adds, removes or updates a product.",
    "behavior": "NON_BLOCKING",
    "parameters": {
        "type": "OBJECT",
        "properties": {
            "action": {"type": "STRING", "enum": ["ADD", "REMOVE", "UPDATE"]},
            "product_name": {"type": "STRING"},
            "quantity": {"type": "NUMBER", "nullable": True},
            "unit": {"type": "STRING"},
            "category": {"type": "STRING"},
            "confidence": {"type": "NUMBER"},
        },
        "required": ["action", "product_name", "confidence"],
    },
}


def test_gemini_schema_with_types_in_capitals_is_filled_one_product_a_call() -> None:
    assert called(GEMINI_STYLE, MILK, NO_BREAD, THREE_MILKS) == [
        {
            "action": "ADD",
            "product_name": "mleko",
            "quantity": 2,
            "unit": "l",
            "category": "Nabiał",
            "confidence": 0.96,
        },
        {
            "action": "REMOVE",
            "product_name": "chleb",
            "category": "Pieczywo",
            "confidence": 0.96,
        },
        {
            "action": "UPDATE",
            "product_name": "mleko",
            "quantity": 3,
            "category": "Nabiał",
            "confidence": 0.96,
        },
    ]


def test_an_unknown_product_is_passed_as_heard_and_with_less_confidence() -> None:
    assert called(GEMINI_STYLE, SAFFRON) == [
        {"action": "ADD", "product_name": "saffron", "confidence": 0.9}
    ]


def test_snake_case_keys_and_numbers_as_text_are_filled() -> None:
    declaration: Json = {
        "name": "add_product",
        "parameters_json_schema": {
            "type": "object",
            "properties": {"nazwa": {"type": "string"}, "ilosc": {"type": "string"}},
            "required": ["nazwa", "ilosc"],
        },
    }
    assert called(declaration, MILK, BREAD) == [
        {"nazwa": "mleko", "ilosc": "2 l"},
        {"nazwa": "chleb", "ilosc": "1"},
    ]


def test_text_quantity_leaves_the_unit_to_its_own_property() -> None:
    declaration = declared(
        {
            "itemName": {"type": "string"},
            "itemQuantity": {"type": "string"},
            "quantityUnit": {"type": "string"},
        },
        "itemName",
        "quantityUnit",
    )
    assert called(declaration, MILK, BREAD) == [
        {"itemName": "mleko", "itemQuantity": "2", "quantityUnit": "l"},
        {"itemName": "chleb", "quantityUnit": "szt"},
    ]


def test_an_array_takes_all_items_in_one_call() -> None:
    item = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "quantity": {"type": "integer"},
            "operation": {"type": "string", "enum": ["insert", "delete", "modify"]},
        },
        "required": ["name", "operation"],
    }
    declaration = declared({"items": {"type": "array", "items": item}}, "items")
    half = Intent("add", "apple", 0.5, "kg", "Fruit")
    assert called(declaration, half, NO_BREAD) == [
        {
            "items": [
                {"name": "apple", "quantity": 1, "operation": "insert"},
                {"name": "chleb", "operation": "delete"},
            ]
        }
    ]


def test_an_action_beside_the_array_makes_one_call_for_each_action() -> None:
    declaration = declared(
        {
            "products": {"type": "array", "items": {"type": "string"}},
            "action": {"type": "string"},
        },
        "products",
        "action",
    )
    assert called(declaration, MILK, NO_BREAD, SAFFRON) == [
        {"products": ["mleko", "saffron"], "action": "add"},
        {"products": ["chleb"], "action": "remove"},
    ]


def test_each_action_goes_to_the_function_named_after_it() -> None:
    item: Json = {"item": {"type": "string"}, "count": {"type": "integer"}}
    functions = [
        declared(item, "item", name="update_item"),
        declared(item, "item", name="addItem"),
        declared(item, "item", name="removeItem"),
    ]
    assert fill(functions, [MILK, NO_BREAD, THREE_MILKS]) == [
        FunctionCallDraft("addItem", {"item": "mleko", "count": 2}),
        FunctionCallDraft("removeItem", {"item": "chleb"}),
        FunctionCallDraft("update_item", {"item": "mleko", "count": 3}),
    ]


def test_a_function_named_update_adds_when_none_is_named_add() -> None:
    declaration = declared({"item": {"type": "string"}}, "item")
    assert called(declaration, MILK, NO_BREAD) == [{"item": "mleko"}]


def test_a_function_named_after_no_action_only_adds() -> None:
    declaration = declared({"product": {"type": "string"}}, name="report_product")
    assert called(declaration, MILK, NO_BREAD) == [{"product": "mleko"}]


def test_a_product_may_be_an_object_of_its_own() -> None:
    product = {
        "properties": {"name": {"type": "string"}, "unit": {"enum": ["LITER", "PIECE"]}},
        "required": ["name", "unit"],
    }
    declaration = declared({"product": product, "op": {"type": "string"}}, "product", "op")
    assert called(declaration, MILK, BREAD) == [
        {"product": {"name": "mleko", "unit": "LITER"}, "op": "add"},
        {"product": {"name": "chleb", "unit": "PIECE"}, "op": "add"},
    ]


def test_references_and_unions_as_pydantic_writes_them_are_followed() -> None:
    declaration: Json = {
        "name": "save_groceries",
        "parametersJsonSchema": {
            "$defs": {
                "Line": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "quantity": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                        "unit": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Unit"}]},
                        "kind": {"const": "grocery"},
                    },
                    "required": ["name", "kind"],
                },
                "Unit": {"enum": ["kg", "g", None], "type": ["string", "null"]},
            },
            "properties": {"lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}}},
        },
    }
    assert called(declaration, HAM) == [
        {"lines": [{"name": "szynka", "quantity": 250, "unit": "g", "kind": "grocery"}]}
    ]


@pytest.mark.parametrize(
    ("intent", "choices", "quantity", "unit"),
    [
        (HAM, ["kg"], 0.25, "kg"),
        (HAM, ["Kilogramy", "Sztuki"], 0.25, "Kilogramy"),
        (HAM, ["dag", "kg"], 25, "dag"),
        (HAM, ["l", "szt"], 25, "szt"),
        (HAM, ["l", "cup"], 25, "l"),
        (MILK, ["ml"], 2000, "ml"),
        (BREAD, ["each", "kg"], None, "each"),
        (Intent("add", "water", 6.0, "bottle", "Drinks"), ["can", "butelka"], 6, "butelka"),
        (Intent("add", "water", None, "bottle", "Drinks"), ["can", "unit"], None, "unit"),
    ],
)
def test_a_unit_is_said_in_the_words_the_client_offers(
    intent: Intent, choices: list[str], quantity: float | None, unit: str
) -> None:
    properties: Json = {
        "product": {"type": "string"},
        "amount": {"type": "number"},
        "unit": {"type": "string", "enum": choices},
    }
    (args,) = called(declared(properties, "product", "unit"), intent)
    assert (args.get("amount"), args["unit"]) == (quantity, unit)


def test_a_unit_that_is_not_offered_and_not_required_is_left_out() -> None:
    properties: Json = {"product": {"type": "string"}, "unit": {"enum": ["cup"]}}
    assert called(declared(properties), HAM) == [{"product": "szynka"}]


@pytest.mark.parametrize(
    ("intent", "choices", "category"),
    [
        (MILK, ["nabiał", "inne"], "nabiał"),
        (MILK, ["DAIRY", "OTHER"], "DAIRY"),
        (HAM, ["meat_and_fish", "bakery"], "meat_and_fish"),
        (HAM, ["fresh", "other"], "other"),
        (SAFFRON, ["fresh", "misc"], "misc"),
    ],
)
def test_a_category_is_said_in_the_words_the_client_offers(
    intent: Intent, choices: list[str], category: str
) -> None:
    properties: Json = {"item": {"type": "string"}, "itemType": {"enum": choices}}
    assert called(declared(properties), intent) == [{"item": intent.name, "itemType": category}]


def test_a_required_category_is_given_even_when_none_is_known() -> None:
    free: Json = {"item": {"type": "string"}, "category": {"type": "string"}}
    assert called(declared(free, "category"), SAFFRON)[0]["category"] == "Other"
    closed: Json = {"item": {"type": "string"}, "category": {"enum": ["fresh", "dry"]}}
    assert called(declared(closed, "category"), SAFFRON)[0]["category"] == "fresh"
    assert called(declared(closed), SAFFRON) == [{"item": "saffron"}]


@pytest.mark.parametrize(
    ("shape", "confidence"),
    [
        ({"type": "number"}, 0.96),
        ({"type": "INTEGER"}, 96),
        ({"type": "string"}, "0.96"),
        ({"enum": ["low", "high"]}, "high"),
        ({"enum": ["maybe", "yes"]}, "maybe"),
    ],
)
def test_confidence_is_given_in_the_type_asked_for(shape: Json, confidence: object) -> None:
    properties: Json = {"item": {"type": "string"}, "confidence": shape}
    assert called(declared(properties), MILK) == [{"item": "mleko", "confidence": confidence}]


def test_a_quantity_may_have_to_be_one_of_several_choices() -> None:
    properties: Json = {"item": {"type": "string"}, "quantity": {"enum": [1, 2, 3]}}
    assert called(declared(properties), MILK) == [{"item": "mleko", "quantity": 2}]


def test_required_properties_that_no_sentence_fills_are_made_up() -> None:
    properties: Json = {
        "item": {"type": "string"},
        "user_id": {"type": "string", "default": "me"},
        "language": {"type": "string", "enum": ["pl", "en"]},
        "note": {"type": "string"},
        "urgent": {"type": "boolean"},
        "price": {"type": "number"},
        "tags": {"type": "array"},
        "origin": {
            "type": "object",
            "properties": {"store": {"type": "string"}, "url": {"type": "string"}},
            "required": ["store"],
        },
        "optional": {"type": "string"},
    }
    required = [name for name in properties if name != "optional"]
    assert called(declared(properties, *required), MILK) == [
        {
            "item": "mleko",
            "user_id": "me",
            "language": "pl",
            "note": "mleko",
            "urgent": False,
            "price": 1,
            "tags": [],
            "origin": {"store": "mleko"},
        }
    ]


def test_what_the_choices_of_a_function_cannot_say_is_not_called() -> None:
    properties: Json = {
        "product": {"type": "string", "enum": ["mleko", "masło"]},
        "type": {"type": "string", "enum": ["added", "removed"]},
    }
    declaration = declared(properties, "product", "type")
    assert called(declaration, MILK, NO_BREAD, THREE_MILKS) == [
        {"product": "mleko", "type": "added"}
    ]
    listed = declared({"items": {"type": "array", "items": properties["product"]}})
    assert called(listed, MILK, BREAD) == [{"items": ["mleko"]}]


@pytest.mark.parametrize(
    "declaration",
    [
        {"name": "add_item"},
        {"name": "add_item", "parameters": {"type": "OBJECT"}},
        {"description": "no name", "parameters": {"properties": {"item": {"type": "string"}}}},
        declared({"location": {"type": "string"}}, name="get_weather"),
        declared({"name": {"type": "string"}}, name="play_song"),
        declared({"item": {"type": "integer"}}, name="add_item"),
        declared({"items": {"type": "array"}}, name="add_items"),
        declared({"product": {"type": "object"}}, name="add_product"),
        declared({"lines": {"type": "array", "items": {"properties": {"x": {}}}}}, name="add_x"),
        declared({"item": {"enum": []}, "quantity": {"enum": [7]}}, "quantity", name="add_item"),
    ],
)
def test_a_function_that_takes_no_product_is_never_called(declaration: Json) -> None:
    assert called(declaration, MILK) == []


def test_a_function_that_only_its_description_shows_to_be_for_shopping_is_called() -> None:
    declaration = declared({"name": {"type": "string"}}, name="record")
    declaration["description"] = "Puts a product on the shopping list."
    assert called(declaration, MILK) == [{"name": "mleko"}]


def test_a_schema_that_refers_to_itself_is_cut_off() -> None:
    declaration: Json = {
        "name": "add_item",
        "parameters_json_schema": {
            "definitions": {
                "Loop": {"$ref": "#/definitions/Loop"},
                "Tree": {"properties": {"child": {"$ref": "#/definitions/Tree"}}},
            },
            "properties": {
                "item": {"type": "string"},
                "loop": {"$ref": "#/definitions/Loop"},
                "tree": {"$ref": "#/definitions/Tree"},
            },
            "required": "item",
        },
    }
    assert called(declaration, MILK) == [{"item": "mleko"}]


def test_a_reference_to_nothing_leaves_the_value_open() -> None:
    declaration = declared({"product": {"$ref": "#/$defs/Missing"}}, "product")
    assert called(declaration, MILK) == [{"product": "mleko"}]


def test_a_whole_sentence_becomes_calls() -> None:
    intents = understand("dodaj dwa litry mleka i chleb", "pl")
    assert [args["product_name"] for args in called(GEMINI_STYLE, *intents)] == ["mleko", "chleb"]


def test_nothing_understood_calls_nothing() -> None:
    assert called(GEMINI_STYLE) == []
