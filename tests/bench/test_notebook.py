from __future__ import annotations

from typing import Any

from bench.notebook import Notebook


def item(item_id: str, name: str, quantity: float) -> dict[str, Any]:
    return {"id": item_id, "name": name, "quantity": quantity, "unit": "l", "category": "Nabiał"}


def detected(seq: int, item_id: str, now: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "product_detected", "seq": seq, "product": {"id": item_id}, "item": now}


MILK, MORE_MILK, BREAD = item("a", "mleko", 1), item("a", "mleko", 3), item("b", "chleb", 1)


def a_notebook(*events: dict[str, Any]) -> Notebook:
    notebook = Notebook()
    for event in events:
        notebook.take(event)
    return notebook


def test_an_item_takes_the_place_of_what_has_its_id() -> None:
    notebook = a_notebook(
        detected(1, "a", MILK), detected(2, "b", BREAD), detected(3, "a", MORE_MILK)
    )
    assert notebook.items == {"a": MORE_MILK, "b": BREAD}
    assert notebook.amounts() == {"mleko": 3, "chleb": 1}


def test_what_is_gone_or_taken_back_is_taken_away() -> None:
    events = [detected(1, "a", MILK), detected(2, "b", BREAD), detected(3, "a", None)]
    retracted = {"type": "product_retracted", "seq": 4, "id": "b"}
    suggested = {"type": "product_suggested", "seq": 5, "product": {"id": "c"}}
    assert a_notebook(*events, retracted, suggested).items == {}


def test_an_event_that_is_stored_already_changes_nothing() -> None:
    notebook = a_notebook(detected(1, "a", MILK), detected(2, "a", None), detected(1, "a", MILK))
    assert (notebook.items, notebook.again, notebook.holes) == ({}, 1, 0)
    assert [event["seq"] for _, event in notebook.events] == [1, 2]


def test_numbers_that_are_passed_over_are_counted() -> None:
    notebook = a_notebook(detected(1, "a", MILK), detected(4, "b", BREAD))
    assert (notebook.holes, notebook.last_seq) == (2, 4)


def test_what_was_missed_is_what_a_resumed_session_had_before() -> None:
    notebook = a_notebook(detected(1, "a", MILK))
    notebook.open({"resumed": True, "seq": 3, "list": []})
    for event in (detected(1, "a", MILK), detected(2, "b", BREAD), detected(3, "a", None)):
        notebook.take(event)
    notebook.take(detected(4, "a", MILK))
    assert (notebook.again, notebook.missed) == (1, 2)
    assert notebook.items == {"a": MILK, "b": BREAD}


def test_a_session_that_begins_brings_its_own_list() -> None:
    notebook = a_notebook(detected(1, "a", MILK))
    notebook.open({"resumed": False, "seq": 0, "list": [BREAD]})
    assert (notebook.items, notebook.last_seq) == ({"b": BREAD}, 0)


def test_lists_differ_where_an_item_is_missing_or_another() -> None:
    notebook = a_notebook(detected(1, "a", MILK), detected(2, "b", BREAD))
    assert not notebook.differences([BREAD, MILK])
    assert notebook.differences([MORE_MILK]) == [
        f"{MILK} here, {MORE_MILK} there",
        f"{BREAD} here, None there",
    ]
