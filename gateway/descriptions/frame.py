"""What the pages have in common: their head, their style, the way from one to the other."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from gateway.descriptions.markup import Html, blocks, joined, page, tag
from gateway.descriptions.schemas_of import Node
from gateway.version import VERSION

_STYLE: Final = Path(__file__).with_name("style.css")


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")


def content_security_policy() -> str:
    """Return what the pages may do: be shown, in their own style."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def described(
    document: Node, *, json_at: str, links: Iterable[tuple[str, str]], parts: Iterable[Html]
) -> bytes:
    """Return the page of a description.

    Args:
        document: the description.
        json_at: where it is to be had, from the page's own address.
        links: the page's parts, by their anchors.
        parts: the parts.
    """
    info = document["info"]
    elsewhere = tag(
        "nav",
        tag("a", "Descriptions", href="../docs"),
        tag("a", json_at.removeprefix("../"), href=json_at),
    )
    contents = tag(
        "nav",
        tag("ul", *(tag("li", tag("a", text, href=f"#{name}")) for name, text in links)),
        class_="contents",
    )
    head = tag("header", elsewhere, tag("h1", info["title"]), tag("p", f"Version {VERSION}"))
    body = joined((head, contents, tag("main", blocks(info["description"]), *parts)))
    return page(title=info["title"], style=_style(), body=body)


def index(name: str, entries: Iterable[tuple[str, str, str, str]], *, introduction: str) -> bytes:
    """Return the page with the way to the others.

    Args:
        name: the service's.
        introduction: what it is, in Markdown.
        entries: of each description: what it describes, in which format, its page, its JSON.
    """
    cards = (
        tag(
            "article",
            tag("h2", tag("a", title, href=at)),
            tag("p", f"{form}: ", tag("a", json_at, href=json_at)),
        )
        for title, form, at, json_at in entries
    )
    head = tag("header", tag("h1", name), tag("p", f"Version {VERSION}"))
    body = joined((head, tag("main", blocks(introduction), *cards)))
    return page(title=name, style=_style(), body=body)
