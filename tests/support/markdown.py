"""Tables and sessions in our documents, for tests that hold the documents to them."""

from __future__ import annotations

import re


def walk_through(document: str) -> list[str]:
    """Return the lines typed (``> ``) and answered (``< ``) in the document's first session."""
    return walk_throughs(document, "-c")[0]


def walk_throughs(document: str, option: str) -> list[list[str]]:
    """Return the same of every wscat session that begins with an option."""
    session = rf"```console\n\$ npx -y wscat {re.escape(option)} .*?\n(.*?)```"
    return [
        [line for line in block.splitlines() if line[:2] in {"> ", "< "}]
        for block in re.findall(session, document, re.DOTALL)
    ]


def fits(line: str, document: str) -> bool:
    """Whether a line is what a document says, where ``…`` stands for anything."""
    pattern = ".+?".join(map(re.escape, document.split("…")))
    return re.fullmatch(pattern, line) is not None


def rows(document: str, header: str) -> list[list[str]]:
    """Return the cells of the table that begins with `header`, without the ticks around code."""
    _, table = document.split(f"\n{header}\n", 1)
    body = table.split("\n\n", 1)[0].splitlines()[1:]
    return [[_plain(cell) for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in body]


def _plain(cell: str) -> str:
    shown = re.fullmatch(r"`` ?(.*?) ?``|`(.*)`", cell.strip())
    text = (shown[1] or shown[2]) if shown else cell.strip()
    return text.replace("\\|", "|")
