"""The parts that messages of both directions of the Live wire are made of."""

from __future__ import annotations

from typing import Any

import msgspec

Extra = dict[str, Any]
"""An object this server accepts and does not look into."""


class Wire(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What all messages share: immutable, camelCase, every field optional as in proto3."""


class Blob(Wire, frozen=True):
    """Inline media; audio is PCM16 little-endian mono at the rate its `mime_type` names."""

    data: bytes | None = None
    mime_type: str | None = None
    display_name: str | None = None


class Part(Wire, frozen=True):
    """One piece of a content: usually text."""

    text: str | None = None
    inline_data: Blob | None = None
    thought: bool | None = None
    thought_signature: bytes | None = None
    file_data: Extra | None = None
    function_call: Extra | None = None
    function_response: Extra | None = None
    executable_code: Extra | None = None
    code_execution_result: Extra | None = None
    video_metadata: Extra | None = None
    media_resolution: Extra | None = None
    part_metadata: Extra | None = None


class Content(Wire, frozen=True):
    """What one side said."""

    parts: tuple[Part, ...] = ()
    role: str | None = None

    def text(self) -> str:
        """Return the text of all parts, joined by blanks."""
        return " ".join(part.text for part in self.parts if part.text)
