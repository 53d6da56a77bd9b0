"""The functions that Gemini is given, derived from the types of their arguments."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec.structs import replace

from schemas.client import MAX_QUANTITY, MIN_QUANTITY
from schemas.product import Action
from shopping.gemini_schema import gemini_schema
from shopping.locales import Locale

FUNCTION_NAME: Final = "update_shopping_list"
UNDO_NAME: Final = "undo_last_change"
UNDO_DESCRIPTION: Final = (
    "Takes back what the shopper's last sentence changed, all of it. Call it once when the shopper "
    "asks to undo, and call nothing else for that sentence."
)
DESCRIPTION: Final = (
    "Records one product that the shopper wants to buy, no longer wants, or corrects. Call it at "
    "once for every product heard, one product per call, once per mention. Do not call it for talk "
    "that buys nothing, and never guess."
)


class UpdateShoppingList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The arguments of one call, one product's; those with a default may be left out."""

    action: Annotated[
        Action,
        msgspec.Meta(
            description="add: to be bought. remove: no longer wanted. update: corrects the "
            "quantity or the unit of a product mentioned before."
        ),
    ]
    name: Annotated[
        str,
        msgspec.Meta(
            description="The product as a shop lists it, in the shopper's language, in the base "
            "form and lower case, without quantity and unit."
        ),
    ]
    quantity: Annotated[
        float,
        msgspec.Meta(
            ge=MIN_QUANTITY,
            le=MAX_QUANTITY,
            description="How much, in the given unit; for update the new quantity. Leave it out if "
            "none was said.",
        ),
    ] = 1
    unit: Annotated[
        str,
        msgspec.Meta(description="The unit that was said. Leave it out if none was said."),
    ] = ""
    category: Annotated[
        str, msgspec.Meta(description="The part of the shop in which the product is found.")
    ] = ""
    confidence: Annotated[
        float,
        msgspec.Meta(ge=0, le=1, description="How sure it is that this was said, from 0 to 1."),
    ] = 0.9


DEFAULT_CONFIDENCE: Final = UpdateShoppingList(action="add", name="").confidence
"""For a call that does not say: a model seldom doubts in words, yet claimed no certainty."""


def declaration(locale: Locale) -> dict[str, object]:
    """Return the function declaration for the setup message, JSON-ready.

    The category is one of the locale's, and the unit's description lists the locale's units.
    """
    parameters = gemini_schema(UpdateShoppingList)
    fields = dict(parameters.properties or {})
    fields["unit"] = replace(
        fields["unit"],
        description=f"{fields['unit'].description} Usual ones: {', '.join(locale.units)}.",
    )
    fields["category"] = replace(fields["category"], enum=list(locale.categories))
    # The struct's own description is for us; the function has its own.
    parameters = replace(parameters, description=None, properties=fields)
    return {
        "name": FUNCTION_NAME,
        "description": DESCRIPTION,
        "behavior": "NON_BLOCKING",
        "parameters": msgspec.to_builtins(parameters),
    }


def undo_declaration() -> dict[str, object]:
    """Return the declaration of the function that takes the last sentence back; no arguments."""
    return {
        "name": UNDO_NAME,
        "description": UNDO_DESCRIPTION,
        "behavior": "NON_BLOCKING",
    }
