"""HTML, piece by piece: whatever is not made here is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import cache

from markdown_it import MarkdownIt


class Html(str):
    """Text that is HTML already. Only this module makes it."""

    __slots__ = ()


def tag(name: str, *content: str, **attributes: str) -> Html:
    """Return an element; content that is no `Html` is escaped.

    An attribute's name may end with an underscore, for those that Python has a word of: `class_`.
    """
    said = "".join(
        f' {key.rstrip("_")}="{html.escape(value)}"' for key, value in attributes.items() if value
    )
    return Html(f"<{name}{said}>{joined(content)}</{name}>")


def joined(content: Iterable[str], between: str = "") -> Html:
    """Return the pieces one after the other; those that are no `Html` are escaped."""
    pieces = (piece if isinstance(piece, Html) else html.escape(piece) for piece in content)
    return Html(html.escape(between).join(pieces))


def code(text: str) -> Html:
    """Return text of a program."""
    return tag("code", text)


def blocks(markdown: str) -> Html:
    """Return paragraphs, tables and headings; HTML in them is escaped."""
    return Html(_markdown().render(markdown))


def line(markdown: str) -> Html:
    """Return one line of Markdown, without a paragraph around it."""
    return Html(_markdown().renderInline(markdown))


def page(*, title: str, style: str, body: Html) -> bytes:
    """Return a whole page that fetches nothing."""
    head = joined(
        (
            Html('<meta charset="utf-8">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<meta name="color-scheme" content="light dark">'),
            tag("title", title),
            tag("style", Html(style)),
        )
    )
    content = joined((tag("head", head), tag("body", body)))
    return f"<!DOCTYPE html>\n{tag('html', content, lang='en')}\n".encode()


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
