"""docs/operations.md against the code: every event that is logged, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.known_series import CAUSES, TROUBLE
from tests.support.live_session import live_session
from tests.support.markdown import rows

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
SEVERITIES = {"debug": "DEBUG", "note": "INFO", "warn": "WARNING", "fail": "ERROR"}
HANDS_ON = {"gateway/counting.py", "gateway/process_lines.py", "gateway/telemetry.py"}
"""Modules that write events of others; their own one is tested by itself."""
OWN = {("log_lines_dropped", "WARNING")}


@dataclass(frozen=True)
class Event:
    """One place where an event is logged; its fields, if all of them stand there."""

    name: str
    severity: str
    fields: frozenset[str] | None
    where: str


def events() -> Iterator[Event]:
    for package in ("actors", "gateway", "shopping", "schemas"):
        for path in sorted((ROOT / package).rglob("*.py")):
            module = str(path.relative_to(ROOT))
            if module not in HANDS_ON:
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Call):
                        yield from _events_of(node, f"{module}:{node.lineno}")


def _events_of(call: ast.Call, where: str) -> Iterator[Event]:
    function, arguments = call.func, list(call.args)
    match function:
        case ast.Attribute(attr=method, value=ast.Attribute(attr="_observer" | "observer")):
            pass
        case ast.Attribute(attr=method, value=ast.Name(id="observer" | "log")):
            pass
        case ast.Name(id="Note"):
            yield _noted(call, where)
            return
        case _:
            return
    if method not in SEVERITIES:
        return
    match arguments:
        case [ast.Constant(value=str(name)), *_]:
            given = [keyword.arg for keyword in call.keywords]
            fields = None if None in given else frozenset(filter(None, given))
            yield Event(name, SEVERITIES[method], fields, where)
        case _:
            raise AssertionError(f"{where}: an event's name is to be a text")


def _noted(call: ast.Call, where: str) -> Event:
    trouble = any(keyword.arg == "trouble" for keyword in call.keywords)
    match call.args:
        case [ast.Constant(value=str(name)), ast.Dict(keys=keys)] if None not in keys:
            fields = frozenset(str(ast.literal_eval(key)) for key in keys if key is not None)
        case [ast.Constant(value=str(name)), *_]:
            return Event(name, "WARNING" if trouble else "INFO", None, where)
        case _:
            raise AssertionError(f"{where}: an event's name is to be a text")
    return Event(name, "WARNING" if trouble else "INFO", fields, where)


def documented() -> dict[tuple[str, str], str]:
    """Return the fields' cell by each event and its severity."""
    table = rows(OPERATIONS, "| event | severity | fields | when |")
    found = {(name, severity): fields for name, severity, fields, _ in table}
    assert len(found) == len(table), "an event stands there twice"
    return found


def test_every_event_is_in_the_catalogue_and_every_entry_is_an_event() -> None:
    logged = {(event.name, event.severity) for event in events()} | OWN
    assert logged == set(documented())


def test_the_fields_of_an_event_are_those_that_the_catalogue_names() -> None:
    catalogue = documented()
    looked_at = 0
    for event in events():
        if event.fields is not None:
            looked_at += 1
            cell = catalogue[event.name, event.severity]
            assert event.fields == set(re.findall(r"\w+", cell)), event
    assert looked_at > 35


def test_what_stands_in_the_metrics_from_the_start_is_every_event_of_trouble() -> None:
    known = {(event, severity) for severity, names in TROUBLE.items() for event in names}
    assert known == {key for key in set(documented()) - OWN if key[1] in {"WARNING", "ERROR"}}


def test_and_every_cause_of_a_refusal() -> None:
    at_limits, access = ((ROOT / f"docs/{name}.md").read_text() for name in ("limits", "access"))
    limits = rows(at_limits, "| limit | variable | what happens at it | cause |")
    causes = {found[0] for row in limits if (found := re.search(r"\w+", row[3]))}
    causes |= {row[0] for row in rows(access, "| `reason` | status | meaning |")}
    (others,) = (
        row[2].partition("besides")[2]
        for row in rows(OPERATIONS, "| metric | labels | what |")
        if row[0] == "gateway_refusals_total"
    )
    assert set(CAUSES) == causes | set(re.findall(r"`(\w+)`", others))
    assert len(set(CAUSES)) == len(CAUSES)


async def test_the_fields_of_a_sessions_summary_are_explained() -> None:
    async with live_session() as session:
        await session.start()
    explained = [
        name
        for cell, _ in rows(OPERATIONS, "| field | meaning |")
        for name in re.findall(r"\w+", cell)
    ]
    assert list(session.supervisor.outcome()) == explained


def test_the_catalogue_is_in_the_order_of_the_alphabet() -> None:
    names = [name for name, _ in documented()]
    assert names == sorted(names, key=str.lower)
