"""Tests for `gateway.client_state`."""

from __future__ import annotations

import msgspec
import pytest

from gateway.client_state import REMEMBERED_REQUESTS, ClientState, SeqHole
from gateway.talk_wire import Heard, encode
from schemas.client import (
    MAX_ITEMS,
    ListedItem,
    Resume,
    StartListSession,
    Text,
    Undo,
    decode_v2,
)
from schemas.server import (
    ErrorV2,
    Pong,
    ProductDetected,
    ProductRetracted,
    ProductSuggested,
    Received,
)
from schemas.shopping_list import Item
from tests.support.fake_gateway import MILK, detected, item, session

MILK_ITEM = item("mleko", 2)
BREAD = item("chleb", item_id="p2")
SUGGESTED = msgspec.structs.replace(MILK, id="x1", name="maślanka", confidence=0.3)


def after(*messages: Heard) -> ClientState:
    """Return the state after a session began and these messages came."""
    state = ClientState()
    state.take(session())
    for message in messages:
        assert state.take(message)
    return state


def test_what_is_detected_is_on_the_list_with_its_whole_amount() -> None:
    state = after(detected(1, item()), detected(2, BREAD), detected(3, MILK_ITEM))
    assert list(state.items.values()) == [MILK_ITEM, BREAD]
    assert state.seq == 3


def test_what_is_removed_is_off_the_list() -> None:
    state = after(detected(1, MILK_ITEM), detected(2, MILK_ITEM, action="remove"))
    assert state.items == {}


def test_what_is_corrected_takes_the_place_of_what_was() -> None:
    other = msgspec.structs.replace(MILK_ITEM, name="mleko 2%", unit="but.")
    state = after(detected(1, MILK_ITEM), detected(2, other, action="update"))
    assert list(state.items.values()) == [other]


def test_what_is_suggested_waits_and_is_not_on_the_list() -> None:
    state = after(ProductSuggested(1, SUGGESTED))
    assert state.suggestions == {"x1": SUGGESTED}
    assert state.items == {}


def test_what_is_confirmed_waits_no_longer() -> None:
    confirmed = ProductDetected(2, SUGGESTED, item("maślanka", item_id="i9"), "shopper", "r", "x1")
    state = after(ProductSuggested(1, SUGGESTED), confirmed)
    assert state.suggestions == {}
    assert list(state.items) == ["i9"]


def test_what_is_retracted_is_gone_wherever_it_was() -> None:
    state = after(
        detected(1, MILK_ITEM),
        ProductSuggested(2, SUGGESTED),
        ProductRetracted(3, "p1", "undone", "shopper"),
        ProductRetracted(4, "x1", "rejected", "shopper"),
        ProductRetracted(5, "never", "cancelled", "model"),
    )
    assert (state.items, state.suggestions, state.seq) == ({}, {}, 5)


def test_event_that_was_stored_is_not_new() -> None:
    state = after(detected(1, MILK_ITEM), detected(2, BREAD))
    assert not state.take(detected(2, item("ser", item_id="p2")))
    assert not state.take(detected(1, MILK_ITEM, action="remove"))
    assert list(state.items.values()) == [MILK_ITEM, BREAD]


def test_event_after_a_hole_is_not_taken() -> None:
    state = after(detected(1, MILK_ITEM))
    with pytest.raises(SeqHole, match="event 3 came after event 1"):
        state.take(detected(3, BREAD))
    assert state.take(detected(2, BREAD))


def test_resume_offers_the_newest_token_the_last_event_and_the_list() -> None:
    state = after(detected(1, MILK_ITEM))
    assert state.start(language="pl-PL", reply="audio") == StartListSession(
        "pl-PL", Resume("t1", 1), (ListedItem("p1", "mleko", 2, "l", "Nabiał"),), "audio"
    )
    state.take(session(resumed=True, turn=2, seq=1))
    assert state.start(language=None, reply="none").resume == Resume("t2", 1)


def test_first_start_resumes_nothing() -> None:
    assert ClientState().start(language=None, reply="none") == StartListSession(reply="none")


def test_start_fits_into_a_frame_whatever_is_on_the_list() -> None:
    items = [
        Item(f"{number:036}", "n" * 80, 12.5, "u" * 20, "c" * 80) for number in range(MAX_ITEMS)
    ]
    state = after()
    state.take(session(*items, resumed=True))
    start = decode_v2(encode(state.start(language="pl-PL", reply="none")))
    assert isinstance(start, StartListSession)
    assert [(had.id, had.name, had.unit) for had in start.list] == [
        (had.id, had.name, had.unit) for had in items
    ]


def test_resumed_session_tells_the_list_and_its_events_follow() -> None:
    state = after(detected(1, item()))
    milk, bread = item("mleko", 3), BREAD
    state.take(session(milk, bread, resumed=True, turn=2, seq=4))
    assert state.seq == 1
    assert state.take(detected(2, item("mleko", 9)))
    # The list was told as of event 4: an older event does not take it back.
    assert state.items["p1"] == milk
    assert state.take(detected(3, bread, action="remove"))
    assert state.take(detected(4, bread))
    assert list(state.items.values()) == [milk, bread]
    assert state.take(detected(5, milk, action="remove"))
    assert list(state.items.values()) == [bread]
    assert state.missed == 0


def test_events_that_are_no_longer_kept_are_counted_and_no_hole() -> None:
    state = after(detected(1, item()))
    state.take(session(MILK_ITEM, resumed=True, seq=600))
    assert state.take(detected(101, BREAD))
    assert (state.seq, state.missed) == (101, 99)


def test_session_that_keeps_no_events_goes_on_after_its_list() -> None:
    state = after(detected(1, item()))
    state.take(session(MILK_ITEM, resumed=True, seq=9))
    with pytest.raises(SeqHole):
        state.take(detected(11, BREAD))
    assert state.take(detected(10, BREAD))
    assert (state.seq, state.missed) == (10, 8)
    assert list(state.items.values()) == [MILK_ITEM, BREAD]


def test_session_that_is_another_is_adopted() -> None:
    state = after(detected(1, MILK_ITEM), detected(2, BREAD), ProductSuggested(3, SUGGESTED))
    cheese = item("ser", item_id="p7")
    state.take(session(cheese, session_id="s2", turn=9, seq=1))
    assert (state.session_id, state.token, state.seq) == ("s2", "t9", 1)
    assert list(state.items.values()) == [cheese]
    assert state.suggestions == {}
    assert state.take(detected(2, BREAD))


def test_session_that_is_told_again_goes_on() -> None:
    state = after(detected(1, MILK_ITEM))
    state.take(session(MILK_ITEM, seq=2, suggestions=(SUGGESTED,)))
    assert state.seq == 1
    assert state.suggestions == {"x1": SUGGESTED}


def test_session_that_has_forgotten_events_gives_their_numbers_again() -> None:
    state = after(detected(1, MILK_ITEM), detected(2, BREAD))
    state.take(session(resumed=True, seq=1))
    assert state.take(detected(2, BREAD))


def test_request_is_kept_until_it_is_known_to_have_arrived() -> None:
    state = after()
    for ref in "abcde":
        state.asks(ref, Undo(ref))
    state.take(detected(1, MILK_ITEM, ref="b"))
    state.take(ProductRetracted(2, "p1", "undone", "shopper", "c"))
    state.take(Received("c"))
    state.take(ErrorV2("nothing to undo", "nothing_to_undo", retryable=False, ref="d"))
    state.take(ErrorV2("odd", "malformed", retryable=False))
    assert list(state.requests) == ["a", "e"]
    state.take(session(resumed=True, seq=2, received=("z", "a")))
    assert list(state.requests) == ["e"]


def test_answer_that_comes_again_settles_its_request_too() -> None:
    state = after()
    state.asks("a", Text("dodaj mleko", "a"))
    state.take(session(MILK_ITEM, resumed=True, seq=1))
    state.take(detected(1, MILK_ITEM, ref="a"))
    assert state.requests == {}


def test_oldest_of_too_many_requests_is_forgotten() -> None:
    state = ClientState()
    for number in range(REMEMBERED_REQUESTS + 2):
        state.asks(str(number), Undo(str(number)))
    assert next(iter(state.requests)) == "2"
    assert len(state.requests) == REMEMBERED_REQUESTS


def test_other_messages_are_always_new() -> None:
    assert ClientState().take(Pong())


def test_state_can_be_stored() -> None:
    state = after(detected(1, MILK_ITEM), ProductSuggested(2, SUGGESTED))
    state.asks("a", Text("dodaj mleko", "a"))
    stored = msgspec.json.encode(state)
    assert msgspec.json.decode(stored, type=ClientState) == state
