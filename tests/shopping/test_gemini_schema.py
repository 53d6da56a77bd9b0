from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest
from google.genai import types

from shopping.gemini_schema import gemini_schema


class Inner(msgspec.Struct):
    size: Annotated[int, msgspec.Meta(ge=1, le=9, description="How large.")]


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    """Says something."""

    inner: Inner
    names: Annotated[list[str], msgspec.Meta(max_length=3)]
    mode: Literal["b", "a"] = "a"
    sure: bool = True
    note: Annotated[str, msgspec.Meta(max_length=5)] | None = None


def test_a_struct_becomes_a_schema_without_references_and_foreign_keywords() -> None:
    schema = gemini_schema(Outer)
    inner = {
        "type": "OBJECT",
        "properties": {
            "size": {"type": "INTEGER", "description": "How large.", "minimum": 1, "maximum": 9}
        },
        "required": ["size"],
    }
    assert msgspec.to_builtins(schema) == {
        "type": "OBJECT",
        "description": "Says something.",
        "properties": {
            "inner": inner,
            "names": {"type": "ARRAY", "items": {"type": "STRING"}},
            "mode": {"type": "STRING", "enum": ["a", "b"]},
            "sure": {"type": "BOOLEAN"},
            "note": {"type": "STRING", "nullable": True},
        },
        "required": ["inner", "names"],
    }
    types.Schema.model_validate(msgspec.to_builtins(schema))


@pytest.mark.parametrize(
    "described", [int | str | None, dict[str, int], msgspec.Raw, Literal[1, 2]]
)
def test_what_the_subset_cannot_say_is_refused(described: object) -> None:
    with pytest.raises(ValueError, match=r"Gemini's|Expected"):
        gemini_schema(described)
