from __future__ import annotations

import zlib

import msgspec
import pytest

from schemas.gemini import CallOutcome, FunctionResponse, ToolResponse
from schemas.product import Product, ProductDraft
from schemas.shopping_list import Item, ItemChange, ListEvent, Operation, Step, Suggestion
from schemas.stored import (
    StoredCall,
    StoredCalls,
    StoredInvalid,
    StoredList,
    StoredSession,
    StoredUplink,
    pack,
    pack_step,
    unpack,
    unpack_step,
)

DRAFT = ProductDraft("mleko", "add", 1.5, "l", "Nabiał", 0.9)
ITEM = Item("i1", "mleko", 1.5, "l", "Nabiał")
EVENT = ListEvent(
    seq=1,
    key="k1",
    kind="detected",
    product=Product("i1", "mleko", "add", 1.5, "l", "Nabiał", 0.9, 1_700_000_000),
    item=ITEM,
    ref="r1",
)
OPERATION = Operation("k1", 1, "model", "add", 1.5, (ItemChange(None, ITEM),), "c1")
STEP = Step(
    operations=(OPERATION,),
    undone=("k0",),
    items=(("i1", ITEM), ("i0", None)),
    suggestions=(("s1", Suggestion("s1", DRAFT, quantity_said=True, unit_said=False, heard_at=7)),),
    events=(EVENT,),
    refs=("r1",),
    called=((("add", "mleko", 1.5, "l"), 1), (("remove", "ser", 1.0, "szt"), -1)),
)
ANSWER = FunctionResponse("c1", "update_shopping_list", CallOutcome("accepted", (DRAFT,)), "SILENT")
SESSION = StoredSession(
    session_id="s1",
    user_id="ala",
    created_at=1_700_000_000.5,
    language="pl-PL",
    list=StoredList((ITEM,), (), (OPERATION,), 1, (EVENT,), ("r1",), 3),
    calls=StoredCalls(
        (StoredCall("c1", ANSWER, ((("add", "mleko", 1.5, "l"), "k1"),)),),
        ((("undo", "", 0.0, ""), 2),),
        2,
    ),
    uplink=StoredUplink(
        (bytes(640), None, ("dodaj mleko", "r2")), (ToolResponse((ANSWER,)),), ("dodano ser",)
    ),
    handles=("h1", "h2"),
    audio_ms=1_000,
)


def test_a_session_comes_back_as_it_was_stored() -> None:
    assert unpack(pack(SESSION)) == SESSION


def test_a_step_comes_back_as_it_was_stored() -> None:
    assert unpack_step(pack_step(STEP)) == STEP


def test_a_session_of_thirty_items_takes_a_few_kilobytes() -> None:
    items = tuple(
        Item(f"{number:036}", f"produkt {number}", number, "szt", "Inne") for number in range(1, 31)
    )
    operations = tuple(
        Operation(item.id, at, "model", "add", 1, (ItemChange(None, item),))
        for at, item in enumerate(items)
    )
    stored = msgspec.structs.replace(SESSION, list=StoredList(items, (), operations))
    packed = pack(stored)
    assert len(packed) < 4_096
    assert unpack(packed) == stored


def test_a_session_that_has_hardly_begun_is_not_compressed() -> None:
    begun = StoredSession(session_id="s1", user_id="ala", created_at=1_700_000_000.5, language="")
    packed = pack(begun)
    assert packed == msgspec.msgpack.encode(begun)
    assert unpack(packed) == begun


@pytest.mark.parametrize(
    "packed", [b"", b"nonsense", zlib.compress(b"nonsense"), pack(SESSION)[:40]]
)
def test_what_is_no_session_is_told(packed: bytes) -> None:
    with pytest.raises(StoredInvalid):
        unpack(packed)


def test_what_is_no_step_is_told() -> None:
    with pytest.raises(StoredInvalid):
        unpack_step(b"nonsense")
