"""Text from elsewhere on a terminal."""

from __future__ import annotations


def plain(text: str) -> str:
    """Return `text` without anything a terminal would obey: control characters become �."""
    return "".join(character if character.isprintable() else "�" for character in text)
